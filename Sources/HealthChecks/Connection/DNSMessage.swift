/// A record type of the domain name system (RFC 1035 §3.2.2, RFC 3596, RFC 2782).
enum DNSRecordType: String, CaseIterable, Sendable {
    case a = "A"
    case aaaa = "AAAA"
    case cname = "CNAME"
    case mx = "MX"
    case ns = "NS"
    case txt = "TXT"
    case srv = "SRV"
    case soa = "SOA"
    case ptr = "PTR"

    var code: UInt16 {
        switch self {
        case .a: 1
        case .ns: 2
        case .cname: 5
        case .soa: 6
        case .ptr: 12
        case .mx: 15
        case .txt: 16
        case .aaaa: 28
        case .srv: 33
        }
    }
}

/// A question to a name server (RFC 1035 §4.1).
struct DNSQuestion: Sendable, Equatable {
    let name: DNSName
    let type: DNSRecordType

    /// The whole message, recursion desired.
    func message(id: UInt16) -> [UInt8] {
        let header: [UInt16] = [id, 0x0100, 1, 0, 0, 0]
        return header.flatMap(\.bigEndianBytes) + name.wire + type.code.bigEndianBytes + UInt16(1).bigEndianBytes
    }
}

/// A domain name as its labels, in lower case.
struct DNSName: Sendable, Equatable {
    let labels: [[UInt8]]

    /// Takes `www.example.org` with or without the last dot; nil when it is too long (RFC 1035 §2.3.4) or has empty labels.
    init?(_ text: String) {
        let bare = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = bare.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.lowercased().utf8) }
        let isPrintable = bare.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
        guard isPrintable, labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        guard labels.reduce(1, { $0 + $1.count + 1 }) <= 255 else { return nil }
        self.labels = labels
    }

    init(labels: [[UInt8]]) {
        self.labels = labels
    }

    var wire: [UInt8] {
        labels.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 } + [0]
    }

    /// With the last dot; what is not printable as `\DDD` (RFC 4343 §2.1).
    var text: String {
        if labels.isEmpty { return "." }
        return labels.map { DNSName.escaped($0, alsoDots: true) + "." }.joined()
    }

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

/// An answer of a name server, as far as a check needs it.
struct DNSAnswer: Sendable, Equatable {
    /// RFC 1035 §4.1.1 and RFC 2136 §2.2.
    let responseCode: UInt16
    let isTruncated: Bool
    /// The values of the records that were asked for, wherever aliases led, in the server's order.
    let values: [String]

    /// Why bytes are no answer to a question.
    enum Problem: Error, Equatable {
        /// Somebody else's answer, or a forged one: wait on.
        case notOurs
        case malformed(String)
    }

    /// The names that a configuration uses for response codes.
    static let codes: [(name: String, code: UInt16)] = [
        ("NOERROR", 0), ("FORMERR", 1), ("SERVFAIL", 2), ("NXDOMAIN", 3), ("NOTIMP", 4), ("REFUSED", 5),
    ]

    var codeName: String {
        Self.codes.first { $0.code == responseCode }?.name ?? "RCODE\(responseCode)"
    }

    /// More records than this are not read.
    static let maximumRecords = 1000

    /// Reads an answer; whatever is in it, no byte outside it is touched and no loop is followed.
    init(reading bytes: [UInt8], to question: DNSQuestion, id: UInt16) throws(Problem) {
        var reader = DNSReader(bytes)
        guard let seenID = reader.integer(), let flags = reader.integer() else {
            throw .malformed("shorter than its header")
        }
        guard seenID == id, flags & 0x8000 != 0 else { throw .notOurs }
        guard let questions = reader.integer(), let answers = reader.integer(), reader.skip(4) else {
            throw .malformed("shorter than its header")
        }
        responseCode = flags & 0x000f
        isTruncated = flags & 0x0200 != 0
        // Some servers leave the question out of an error.
        if questions == 0, responseCode != 0 {
            values = []
            return
        }
        guard questions == 1, let name = reader.name(), let type = reader.integer(), reader.skip(2) else {
            throw .malformed("no question in it")
        }
        guard name == question.name, type == question.type.code else { throw .notOurs }
        values = isTruncated ? [] : try Self.values(&reader, count: answers, question)
    }

    private static func values(
        _ reader: inout DNSReader,
        count: UInt16,
        _ question: DNSQuestion
    ) throws(Problem) -> [String] {
        var values: [String] = []
        for _ in 0..<min(Int(count), maximumRecords) {
            guard reader.name() != nil, let type = reader.integer(), reader.skip(6), let length = reader.integer()
            else {
                throw .malformed("a record is cut off")
            }
            guard let end = reader.end(after: Int(length)) else {
                throw .malformed("a record is longer than the message")
            }
            if type == question.type.code {
                guard let value = reader.value(of: question.type, until: end) else {
                    throw .malformed("a record that is no \(question.type.rawValue)")
                }
                values.append(value)
            }
            reader.jump(to: end)
        }
        return values
    }
}

extension UInt16 {
    fileprivate var bigEndianBytes: [UInt8] {
        [UInt8(truncatingIfNeeded: self >> 8), UInt8(truncatingIfNeeded: self)]
    }
}
