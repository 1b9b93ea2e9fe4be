/// A domain name as its labels, in lower case.
struct DNSName: Sendable, Hashable {
    /// From the leaf to the root, without the empty one of the root.
    let labels: [[UInt8]]

    /// Reads `www.example.org` with or without the last dot; nil when it is too long (RFC 1035 §2.3.4), has empty labels, or
    /// characters that are not printable ASCII.
    init?(_ text: String) {
        let bare = text.hasSuffix(".") ? text.dropLast() : text[...]
        /// From the leaf to the root, without the empty one of the root.
        let labels = bare.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.lowercased().utf8) }
        let isPrintable = bare.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
        guard isPrintable, labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        guard labels.reduce(1, { $0 + $1.count + 1 }) <= 255 else { return nil }
        self.labels = labels
    }

    /// A name of these labels, which are short enough.
    init(labels: [[UInt8]]) {
        self.labels = labels
    }

    /// The form in a message: each label behind its length, an empty one at the end (RFC 1035 §3.1).
    var wire: [UInt8] {
        labels.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 } + [0]
    }

    /// With the last dot; bytes that are not printable stand as `\DDD` (RFC 4343 §2.1).
    var text: String {
        if labels.isEmpty { return "." }
        return labels.map { Self.escaped($0, alsoDots: true) + "." }.joined()
    }

    /// Bytes as text of a zone file.
    static func escaped(_ bytes: [UInt8], alsoDots: Bool = false) -> String {
        bytes.map { byte in
            if byte == UInt8(ascii: "\\") || (alsoDots && byte == UInt8(ascii: ".")) {
                return "\\" + String(UnicodeScalar(byte))
            }
            if (0x20...0x7e).contains(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }.joined()
    }
}
