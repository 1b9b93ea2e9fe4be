/// A value of the Redis serialization protocol, version 2 (redis.io/docs/latest/develop/reference/protocol-spec).
enum RESPValue: Equatable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int)
    /// Nil for the null bulk string.
    case bulk([UInt8]?)
    case array([RESPValue])
}

/// Reads RESP values from foreign bytes: every length is checked against its limit before it is used.
///
/// Arrays are refused unless the command is answered with one, and hold no further arrays.
enum RESPReader {
    /// Longer than any simple string, error or length that a server sends.
    static let maximumLine = 4 * 1024
    /// `INFO` is a few kilobytes.
    static let maximumBulk = 256 * 1024
    /// The answer of `CONFIG GET` to one name has two.
    static let maximumElements = 16
    /// A name or a value of `CONFIG GET` is shorter; it bounds the length of a whole array.
    static let maximumElement = 1024

    /// What stands at the beginning of a buffer.
    enum Reading: Equatable, Sendable {
        case value(RESPValue, length: Int)
        case needsMore
        case invalid(String)
    }

    /// Reads the value at the beginning of a buffer.
    static func read(_ bytes: [UInt8], allowsArray: Bool = false) -> Reading {
        read(bytes[...], allowsArray: allowsArray, limits: (maximumLine, maximumBulk))
    }

    private typealias Limits = (line: Int, bulk: Int)

    private static func read(_ bytes: ArraySlice<UInt8>, allowsArray: Bool, limits: Limits) -> Reading {
        guard let type = bytes.first else { return .needsMore }
        let isKnown = "+-:$".utf8.contains(type) || (allowsArray && type == UInt8(ascii: "*"))
        guard isKnown else { return .invalid("the answer is no RESP value that was asked for") }
        // Searches no further than a line may reach: a buffer is read again with every piece that arrives.
        guard let end = bytes.prefix(limits.line + 1).firstIndex(of: 13) else {
            return bytes.count > limits.line ? .invalid("a line longer than \(limits.line) bytes") : .needsMore
        }
        guard bytes.indices.contains(end + 1) else { return .needsMore }
        guard bytes[end + 1] == 10 else { return .invalid("a line without its line feed") }
        let text = String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self)
        let length = end + 2 - bytes.startIndex
        switch type {
        case UInt8(ascii: "+"): return .value(.simple(text), length: length)
        case UInt8(ascii: "-"): return .value(.error(text), length: length)
        case UInt8(ascii: ":"):
            return Int(text).map { .value(.integer($0), length: length) } ?? .invalid("an integer that is none")
        case UInt8(ascii: "*"): return array(bytes.dropFirst(length), announced: Int(text), start: length)
        default: return bulk(bytes.dropFirst(length), announced: Int(text), start: length, maximum: limits.bulk)
        }
    }

    private static func array(_ elementBytes: ArraySlice<UInt8>, announced: Int?, start: Int) -> Reading {
        guard let count = announced, (0...maximumElements).contains(count) else {
            return .invalid("an array of too many elements")
        }
        var (elements, rest, end) = ([RESPValue](), elementBytes, start)
        while elements.count < count {
            switch read(rest, allowsArray: false, limits: (maximumElement, maximumElement)) {
            case .value(let value, let length):
                elements.append(value)
                rest = rest.dropFirst(length)
                end += length
            case let other: return other
            }
        }
        return .value(.array(elements), length: end)
    }

    private static func bulk(
        _ bytes: ArraySlice<UInt8>,
        announced: Int?,
        start: Int,
        maximum: Int
    ) -> Reading {
        guard let count = announced else { return .invalid("a length that is no number") }
        if count == -1 { return .value(.bulk(nil), length: start) }
        guard (0...maximum).contains(count) else { return .invalid("a bulk string of \(count) bytes") }
        guard bytes.count >= count + 2 else { return .needsMore }
        guard bytes.dropFirst(count).starts(with: [13, 10]) else {
            return .invalid("a bulk string longer than it says")
        }
        return .value(.bulk(Array(bytes.prefix(count))), length: start + count + 2)
    }

    /// A command as an array of bulk strings.
    static func command(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        return bytes
    }
}
