/// Messages of a PostgreSQL server (protocol-message-formats).
enum PostgresMessages {
    /// The answer to SSLRequest of a server without TLS.
    static let noTLS = Array("N".utf8)

    /// The answer to a startup message that needs no password; what is between comes after the authentication.
    static func login(with between: [UInt8] = []) -> [UInt8] {
        message("R", bytes(0, 4)) + between + message("S", Array("server_version\015.1\0".utf8))
            + message("K", bytes(7, 8)) + ready
    }

    static let ready = message("Z", Array("I".utf8))

    /// A number in so many bytes, big-endian.
    static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    static func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        Array(String(type).utf8) + bytes(body.count + 4, 4) + body
    }

    /// The answer to a query of the simple protocol: one row.
    static func row(_ values: [String?]) -> [UInt8] { rows([values]) }

    /// The answer to a query of the simple protocol: rows of the same length.
    static func rows(_ rows: [[String?]]) -> [UInt8] {
        let column = Array("c\0".utf8) + bytes(0, 6) + bytes(25, 4) + bytes(-1, 2) + bytes(-1, 4) + [0, 0]
        let columns = (rows.first ?? []).flatMap { _ in column }
        let data = rows.flatMap { values in
            let fields = values.flatMap { $0.map { bytes($0.utf8.count, 4) + Array($0.utf8) } ?? bytes(-1, 4) }
            return message("D", bytes(values.count, 2) + fields)
        }
        return message("T", bytes(rows.first?.count ?? 0, 2) + columns) + data
            + message("C", Array("SELECT \(rows.count)\0".utf8)) + ready
    }

    /// An ErrorResponse or, with type `N`, a NoticeResponse.
    static func error(_ state: String, _ text: String, type: Character = "E") -> [UInt8] {
        message(type, Array("SERROR\0VERROR\0C\(state)\0M\(text)\0\0".utf8))
    }
}
