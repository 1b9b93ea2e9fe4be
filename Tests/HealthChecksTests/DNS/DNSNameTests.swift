import Testing

@testable import HealthChecks

/// Names, the questions for them, and their form in messages.
struct DNSNameTests {
    private static let longLabel = String(repeating: "a", count: 63)

    @Test(
        arguments: [
            ("example.org", "example.org."), ("Example.ORG.", "example.org."),
            ("_sip._tcp.example", "_sip._tcp.example."), ("a", "a."),
            ("xn--bcher-kva.example", "xn--bcher-kva.example."),
            (longLabel, longLabel + "."), ("*.example", "*.example."),
            ("", nil), (".", nil), ("..", nil), ("a..b", nil), (".a", nil), ("a b", nil), ("a\\.b", nil),
            ("bücher", nil),
            (longLabel + "a", nil), (Array(repeating: longLabel, count: 4).joined(separator: "."), nil),
        ] as [(String, String?)]
    )
    func readsNames(text: String, expected: String?) {
        #expect(DNSName(text)?.text == expected)
    }

    @Test func aNameHasAtMost255BytesInAMessage() throws {
        let three = Array(repeating: Self.longLabel, count: 3).joined(separator: ".")
        let longest = try #require(DNSName("\(three).\(String(repeating: "b", count: 61))"))
        #expect(longest.wire.count == 255)
        #expect(DNSName("\(three).\(String(repeating: "b", count: 62))") == nil)
    }

    @Test func bytesThatAreNotPrintableAreEscaped() {
        #expect(DNSName(labels: [[7, 46, 65]]).text == "\\007\\.A.")
        #expect(DNSName(labels: [[92], [255, 32]]).text == "\\\\.\\255 .")
        #expect(DNSName(labels: []).text == "." && DNSName(labels: []).wire == [0])
    }

    @Test(
        arguments: [
            ("192.0.2.1", .ptr, "1.2.0.192.in-addr.arpa."), ("192.0.2.1", .a, "192.0.2.1."),
            (
                "2001:db8::1", .ptr,
                "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."
            ),
            ("1.2.0.192.in-addr.arpa", .ptr, "1.2.0.192.in-addr.arpa."), ("a..b", .ptr, nil),
        ] as [(String, DNSRecordType, String?)]
    )
    func anAddressStandsForItsReverseNameInPTRQuestions(text: String, type: DNSRecordType, name: String?) {
        let question = DNSQueryName(text)?.question(type)
        #expect(question?.name.text == name)
        #expect(question == nil || question?.type == type)
    }

    @Test(
        arguments: [
            (.a, 1), (.ns, 2), (.cname, 5), (.soa, 6), (.ptr, 12), (.mx, 15), (.txt, 16), (.aaaa, 28), (.srv, 33),
        ] as [(DNSRecordType, UInt8)]
    )
    func aQuestionNamesItsTypeByNumber(type: DNSRecordType, code: UInt8) throws {
        let message = try #require(DNSQueryName("a")).question(type).message(id: 0xfffe)
        #expect(message == [0xff, 0xfe, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, code, 0, 1])
    }
}

/// The values of records, and names that are compressed.
struct DNSRecordTests {
    /// The name at the start of some bytes, and whether it ended where it should.
    private static func name(_ bytes: [UInt8], from start: Int = 0) -> (text: String?, next: UInt16?) {
        var reader = DNSMessageReader(bytes)
        reader.jump(to: start)
        let name = reader.name()
        return (name?.text, reader.integer())
    }

    @Test(
        arguments: [
            ([1, 97, 0, 7, 8], 0, "a."), ([0, 7, 8], 0, "."), ([1, 97, 0, 1, 98, 0xc0, 0, 7, 8], 3, "b.a."),
            ([0, 0xc0, 0, 7, 8], 1, "."), ([1, 97, 0, 1, 98, 0xc0, 0, 1, 99, 0xc0, 3, 7, 8], 7, "c.b.a."),
            ([1, 65, 0, 7, 8], 0, "a."), ([1, 46, 0, 7, 8], 0, "\\.."),
        ] as [([UInt8], Int, String)]
    )
    func readsNamesAndGoesOnBehindThem(bytes: [UInt8], start: Int, text: String) {
        let read = Self.name(bytes, from: start)
        #expect(read.text == text && read.next == 0x0708)
    }

    @Test(
        arguments: [
            // A pointer to itself, forwards, in a circle of two, to a label that leads back to it.
            ([0xc0, 0], 0), ([0xc0, 2, 0], 0), ([0xc0, 2, 0xc0, 0], 2), ([1, 97, 0xc0, 0], 0), ([0xc0, 200], 0),
            // Cut off: a label, a pointer, the end; a label of a reserved type.
            ([3, 97, 97], 0), ([1, 97, 0xc0], 0), ([1, 97], 0), ([], 0), ([0x40, 97, 0], 0), ([0x80, 97, 0], 0),
        ] as [([UInt8], Int)]
    )
    func hostileNamesAreNone(bytes: [UInt8], start: Int) {
        #expect(Self.name(bytes, from: start).text == nil)
    }

    @Test func aNameLongerThan255BytesIsNone() {
        let label: [UInt8] = [63] + Array(repeating: 97, count: 63)
        let fitting = Array([label, label, label, [61] + Array(repeating: 97, count: 61)].joined())
        #expect(Self.name(fitting + [0]).text != nil)
        let longer = Array([label, label, label, [62] + Array(repeating: 97, count: 62)].joined())
        #expect(Self.name(longer + [0]).text == nil)
    }

    private static let name: [UInt8] = [1, 97, 0]

    @Test(
        arguments: [
            (.a, [192, 0, 2, 1], "192.0.2.1"), (.a, [192, 0, 2], nil), (.a, [192, 0, 2, 1, 0], nil),
            (.aaaa, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1"),
            (.aaaa, [1, 2, 3, 4], nil),
            (.cname, name, "a."), (.ns, name, "a."), (.ptr, name, "a."), (.cname, name + [0], nil), (.ns, [], nil),
            (.mx, [0, 10] + name, "10 a."), (.mx, [0, 0, 0], "0 ."), (.mx, [0], nil), (.mx, [0, 10], nil),
            (.srv, [0, 1, 0, 2, 1, 187] + name, "1 2 443 a."), (.srv, [0, 1, 0, 2, 1, 187], nil),
            (.srv, [0, 1, 0], nil),
            (
                .soa, name + [1, 98, 0] + [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 255, 255, 255, 255],
                "a. b. 1 2 3 4 4294967295"
            ),
            (.soa, name + [1, 98, 0] + [0, 0, 0, 1], nil), (.soa, name, nil),
            (.txt, [2, 97, 98, 1, 99], "abc"), (.txt, [0], ""), (.txt, [], ""), (.txt, [3, 97, 98], nil),
            (.txt, [2, 46, 92], ".\\\\"), (.txt, [1, 7], "\\007"), (.txt, [2, 0xc3, 0xa4], "\\195\\164"),
        ] as [(DNSRecordType, [UInt8], String?)]
    )
    func recordsReadAsInZoneFiles(type: DNSRecordType, data: [UInt8], value: String?) {
        var reader = DNSMessageReader(data)
        #expect(reader.value(of: type, until: data.count) == value)
    }

    @Test(arguments: DNSRecordType.allCases)
    func aRecordThatIsCutOffHasNoValue(type: DNSRecordType) {
        let data: [UInt8] =
            switch type {
            case .a: [192, 0, 2, 1]
            case .aaaa: Array(repeating: 1, count: 16)
            case .cname, .ns, .ptr: Self.name
            case .mx: [0, 10] + Self.name
            case .srv: [0, 1, 0, 2, 1, 187] + Self.name
            case .soa: Self.name + Self.name + Array(repeating: 1, count: 20)
            case .txt: [2, 97, 98]
            }
        var whole = DNSMessageReader(data)
        #expect(whole.value(of: type, until: data.count) != nil)
        for count in 1..<data.count {
            var reader = DNSMessageReader(Array(data[..<count]))
            #expect(reader.value(of: type, until: count) == nil, "\(count) bytes")
        }
    }
}
