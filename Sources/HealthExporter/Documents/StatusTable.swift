package import HealthCore

/// What every check saw, as a table for a terminal.
package enum StatusTable {
    package static func render(_ health: HealthSnapshot) -> String {
        var rows = [["COMPONENT", "CHECK", "KIND", "STATUS", "REASON", "DURATION", "MESSAGE"]]
        for check in health.checks {
            let run = check.lastRun
            rows.append([
                check.registration.id.component, check.registration.id.check, check.registration.kind,
                check.state.status.rawValue, run?.reason?.rawValue ?? "-", run.map { milliseconds($0.duration) } ?? "-",
                (run?.message ?? "").cutForTerminal,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
                .trimmedEnd
        }
        return (lines + ["", "service: \(health.verdict.service.rawValue)", ""]).joined(separator: "\n")
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int((duration.seconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10)ms"
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        String(reversed().drop { $0 == " " }.reversed())
    }

    /// On one line, without what a terminal would obey.
    fileprivate var cutForTerminal: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) ? " " : $0 }
            )
        )
    }
}
