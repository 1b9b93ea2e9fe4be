/// A value of the Redis serialization protocol, version 2 (redis.io/docs/latest/develop/reference/protocol-spec).
enum RESPValue: Equatable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int)
    /// Nil for the null bulk string.
    case bulk([UInt8]?)
    case array([RESPValue])
}

/// Reads RESP values from foreign bytes: every length is judged before anything is taken from it.
///
/// Arrays are refused unless one was asked for, and then hold no further ones.
enum RESPReader {
    /// Longer than any simple string, error or length that a server sends.
    static let maximumLine = 4 * 1024
    /// `INFO` is a few kilobytes.
    static let maximumBulk = 256 * 1024
    /// What `CONFIG GET` answers to one name has two.
    static let maximumElements = 16
    /// A name or a value of `CONFIG GET` is shorter; so an array is never longer than all its elements may be.
    static let maximumElement = 1024

    /// What a buffer's beginning is.
    enum Outcome: Equatable, Sendable {
        case value(RESPValue, length: Int)
        case needsMore
        case invalid(String)
    }

    static func read(_ bytes: [UInt8], takesArrays: Bool = false) -> Outcome {
        read(bytes[...], takesArrays: takesArrays, (maximumLine, maximumBulk))
    }

    private typealias Limits = (line: Int, bulk: Int)

    private static func read(_ bytes: ArraySlice<UInt8>, takesArrays: Bool, _ limits: Limits) -> Outcome {
        guard let sort = bytes.first else { return .needsMore }
        let isKnown = "+-:$".utf8.contains(sort) || (takesArrays && sort == UInt8(ascii: "*"))
        guard isKnown else { return .invalid("the answer is no RESP value that was asked for") }
        // No further than a line may reach: what comes piece by piece is looked at as often.
        guard let end = bytes.prefix(limits.line + 1).firstIndex(of: 13) else {
            return bytes.count > limits.line ? .invalid("a line longer than \(limits.line) bytes") : .needsMore
        }
        guard bytes.indices.contains(end + 1) else { return .needsMore }
        guard bytes[end + 1] == 10 else { return .invalid("a line without its line feed") }
        let text = String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self)
        let length = end + 2 - bytes.startIndex
        switch sort {
        case UInt8(ascii: "+"): return .value(.simple(text), length: length)
        case UInt8(ascii: "-"): return .value(.error(text), length: length)
        case UInt8(ascii: ":"):
            return Int(text).map { .value(.integer($0), length: length) } ?? .invalid("an integer that is none")
        case UInt8(ascii: "*"): return array(bytes.dropFirst(length), announced: Int(text), start: length)
        default: return bulk(bytes.dropFirst(length), announced: Int(text), start: length, limits.bulk)
        }
    }

    private static func array(_ elementBytes: ArraySlice<UInt8>, announced: Int?, start: Int) -> Outcome {
        guard let count = announced, (0...maximumElements).contains(count) else {
            return .invalid("an array of too many elements")
        }
        var (elements, rest, end) = ([RESPValue](), elementBytes, start)
        while elements.count < count {
            switch read(rest, takesArrays: false, (maximumElement, maximumElement)) {
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
        _ maximum: Int
    ) -> Outcome {
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
