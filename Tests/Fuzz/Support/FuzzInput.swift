/// Reads choices off the front of an input; what the input doesn't have is zero.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    /// All of these bytes are to be read.
    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// Whether nothing is left.
    var isEmpty: Bool { rest.isEmpty }

    /// The next byte.
    mutating func byte() -> UInt8 {
        rest.popFirst() ?? 0
    }

    /// A number from 0 up to a limit of at most 256.
    mutating func number(below limit: Int) -> Int {
        Int(byte()) % limit
    }

    /// One of these.
    mutating func one<Value>(of values: [Value]) -> Value {
        values[number(below: values.count)]
    }

    /// The next eight bytes as a number, the most significant first.
    mutating func word() -> UInt64 {
        (0..<8).reduce(0) { value, _ in value << 8 | UInt64(byte()) }
    }

    /// So many bytes, or the fewer that are left.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A text behind its length, which is one byte.
    mutating func text() -> String {
        String(decoding: bytes(Int(byte())), as: UTF8.self)
    }

    /// All that is left.
    mutating func remaining() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }
}

extension [UInt8] {
    /// Cut into parts of so many bytes, of more when there would be too many parts; whole when it is 0.
    func cut(every wanted: Int) -> [[UInt8]] {
        let size = Swift.max(wanted, count / 100)
        guard wanted > 0, count > size else { return [self] }
        return stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }

    /// As text, what is no UTF-8 replaced.
    var text: String { String(decoding: self, as: UTF8.self) }
}
