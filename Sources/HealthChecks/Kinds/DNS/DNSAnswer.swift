/// An answer of a name server, as far as a check needs it.
struct DNSAnswer: Sendable, Equatable {
    /// RFC 1035 §4.1.1 and RFC 2136 §2.2.
    let responseCode: UInt16
    /// Whether the answer did not fit into a datagram (TC).
    let isTruncated: Bool
    /// The values of all records of the type of the question, those behind aliases included, in the server's order.
    let values: [String]

    /// Why bytes are no answer to the question.
    enum Problem: Error, Equatable {
        /// An answer to another question or with another id, which may be forged.
        case notOurs
        case malformed(String)
    }

    /// The response codes that a configuration may expect.
    static let codes: [(name: String, code: UInt16)] = [
        ("NOERROR", 0), ("FORMERR", 1), ("SERVFAIL", 2), ("NXDOMAIN", 3), ("NOTIMP", 4), ("REFUSED", 5),
    ]

    /// The name of the response code.
    var codeName: String { Self.codeName(responseCode) }

    /// The name of a response code; `RCODE` and its number for the others.
    static func codeName(_ code: UInt16) -> String {
        codes.first { $0.code == code }?.name ?? "RCODE\(code)"
    }
}

extension DNSAnswer {
    /// More records than this are not read.
    static let maximumRecords = 1000

    /// Reads an answer from foreign bytes.
    init(reading bytes: [UInt8], to question: DNSQuestion, id: UInt16) throws(Problem) {
        var reader = DNSMessageReader(bytes)
        guard let seenID = reader.integer(), let flags = reader.integer() else {
            throw .malformed("shorter than its header")
        }
        guard seenID == id, flags & 0x8000 != 0 else { throw .notOurs }
        guard let questions = reader.integer(), let answers = reader.integer(), reader.skip(4) else {
            throw .malformed("shorter than its header")
        }
        let (responseCode, isTruncated) = (flags & 0x000f, flags & 0x0200 != 0)
        // Some servers leave the question out of an error.
        if questions == 0, responseCode != 0 {
            self.init(responseCode: responseCode, isTruncated: isTruncated, values: [])
            return
        }
        guard questions == 1, let name = reader.name(), let type = reader.integer(), reader.skip(2) else {
            throw .malformed("no question in it")
        }
        guard name == question.name, type == question.type.code else { throw .notOurs }
        let values = isTruncated ? [] : try Self.values(&reader, count: answers, of: question.type)
        self.init(responseCode: responseCode, isTruncated: isTruncated, values: values)
    }

    private static func values(
        _ reader: inout DNSMessageReader,
        count: UInt16,
        of wanted: DNSRecordType
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
            if type == wanted.code {
                guard let value = reader.value(of: wanted, until: end) else {
                    throw .malformed("a record that is no \(wanted.rawValue)")
                }
                values.append(value)
            }
            reader.jump(to: end)
        }
        return values
    }
}
