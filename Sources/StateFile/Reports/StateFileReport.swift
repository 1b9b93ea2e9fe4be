package import HealthCore

/// How a state file is, for people.
package struct StateFileReport: Sendable, Equatable, CustomStringConvertible {
    /// A table and its size.
    package struct Table: Sendable, Equatable {
        /// The name.
        package let name: String
        /// Nil when they can't be counted.
        package let rows: Int64?
    }

    /// The path of the file.
    package let path: String
    /// The version of its tables.
    package let version: Int64
    /// Of the file, in bytes.
    package let bytes: Int64
    /// Of the log that is not yet in the file, in bytes.
    package let logBytes: Int64
    /// What there is room for in the file without its growing, in bytes.
    package let freeBytes: Int64
    /// Every table, in the order of the schema.
    package internal(set) var tables: [Table] = []
    /// When the oldest hour with counts begins; nil without counts.
    package internal(set) var oldest: Timestamp?
    /// When the newest hour with counts begins; nil without counts.
    package internal(set) var newest: Timestamp?
    /// What is damaged, in SQLite's words; empty when all is well.
    package internal(set) var damage: [String] = []

    /// Whether nothing is damaged.
    package var isSound: Bool { damage.isEmpty }

    package var description: String {
        var lines = [
            "file: \(path)", "version: \(version)", "size: \(bytes) bytes, \(freeBytes) of them free",
            "log: \(logBytes) bytes",
            "oldest hour: \(oldest?.rfc3339 ?? "none")", "newest hour: \(newest?.rfc3339 ?? "none")",
        ]
        lines += tables.map { "\($0.name): \($0.rows.map { "\($0) rows" } ?? "can't be counted")" }
        lines += isSound ? ["check: ok"] : damage.map { "damaged: \($0)" }
        return lines.joined(separator: "\n")
    }
}

extension StateFile {
    /// Checks the pages of a file and counts its rows; an exporter may be writing it meanwhile.
    package static func check(path text: String) throws(StateFileProblem) -> StateFileReport {
        let (connection, path) = (try StateFileReading.open(text), try StateFilePath(text))
        let pageSize = try connection.integer("PRAGMA page_size") ?? 0
        var report = StateFileReport(
            path: text,
            version: try connection.integer("PRAGMA user_version") ?? 0,
            bytes: path.size(),
            logBytes: path.size("-wal"),
            freeBytes: (try connection.integer("PRAGMA freelist_count") ?? 0) * pageSize
        )
        do throws(StateFileProblem) {
            try connection.statement("PRAGMA quick_check").eachRow { row in
                if let line = row.text(0), line != "ok" { report.damage.append(line) }
            }
        } catch {
            report.damage.append(error.message)
        }
        for name in StateExport.tables {
            let rows = (try? connection.integer("SELECT count(*) FROM \(name)")) ?? nil
            report.tables.append(.init(name: name, rows: rows))
        }
        report.oldest = hour("min", connection)
        report.newest = hour("max", connection)
        return report
    }

    private static func hour(_ function: String, _ connection: SQLiteConnection) -> Timestamp? {
        let range = StateTime.hours
        let sql =
            "SELECT \(function)(hour) FROM success_hour WHERE hour BETWEEN \(range.lowerBound) AND \(range.upperBound)"
        guard let hour = (try? connection.integer(sql)) ?? nil else { return nil }
        return Timestamp(nanosecondsSinceEpoch: hour * 3_600_000_000_000)
    }
}
