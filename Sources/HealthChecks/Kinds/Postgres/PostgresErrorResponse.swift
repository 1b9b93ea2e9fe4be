/// An ErrorResponse at the beginning of a buffer (protocol-message-formats): a length, then fields of a letter and a text each,
/// then a zero.
enum PostgresErrorResponse: Equatable {
    case whole(PostgresError)
    case needsMore
    case invalid

    /// libpq accepts no longer ones either (fe-connect.c, `MAX_ERRLEN`).
    private static let maximumLength = 30_000

    /// Reads the beginning of a buffer.
    init(reading bytes: [UInt8]) {
        guard bytes.count >= 5 else {
            self = .needsMore
            return
        }
        let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard bytes[0] == UInt8(ascii: "E"), (8...Self.maximumLength).contains(length) else {
            self = .invalid
            return
        }
        guard bytes.count > length else {
            self = .needsMore
            return
        }
        var fields: [UInt8: String] = [:]
        for field in bytes[5..<(length + 1)].split(separator: 0) {
            if let type = field.first { fields[type] = String(decoding: field.dropFirst(), as: UTF8.self) }
        }
        self = .whole(
            PostgresError(state: fields[UInt8(ascii: "C")], message: fields[UInt8(ascii: "M")] ?? "no message")
        )
    }
}
