import HealthTesting
import NIOCore
import Testing

@testable import HealthChecks

/// Questions and answers on the wire, honest and hostile ones.
struct DNSMessageTests {
    private static let question = DNSQuestion(
        name: DNSName(labels: ["www", "example"].map { Array($0.utf8) }),
        type: .a
    )

    /// An answer with this many records, whose bytes follow the question.
    private static func answer(_ records: [UInt8] = [], count: UInt8 = 0, flags: [UInt8] = [0x81, 0x80]) -> [UInt8] {
        let query = question.message(id: 0x1234)
        return Array(query[0..<2]) + flags + [0, 1, 0, count, 0, 0, 0, 0] + Array(query[12...]) + records
    }

    private static func read(_ bytes: [UInt8]) throws(DNSAnswer.Problem) -> DNSAnswer {
        try DNSAnswer(reading: bytes, to: question, id: 0x1234)
    }

    @Test func writesAQuestionThatDesiresRecursion() {
        let expected: [UInt8] =
            [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("www".utf8) + [7] + Array("example".utf8)
            + [0, 0, 1, 0, 1]
        #expect(Self.question.message(id: 0x1234) == expected)
    }

    @Test func readsAddressesBehindAliases() throws {
        let alias: [UInt8] = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 97, 0xc0, 16]
        let address: [UInt8] = [0xc0, 41, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
        let answer = try Self.read(Self.answer(alias + address, count: 2))
        #expect(answer.values == ["192.0.2.1"] && answer.responseCode == 0 && !answer.isTruncated)
    }

    @Test(
        arguments: [
            ([0x81, 0x83], "NXDOMAIN"), ([0x81, 0x82], "SERVFAIL"), ([0x81, 0x85], "REFUSED"),
            ([0x81, 0x8b], "RCODE11"),
        ] as [([UInt8], String)]
    )
    func readsResponseCodes(flags: [UInt8], name: String) throws {
        #expect(try Self.read(Self.answer(flags: flags)).codeName == name)
    }

    @Test func ignoresAnswersToOtherQuestions() {
        var otherID = Self.answer()
        otherID[0] = 0
        var otherName = Self.answer()
        otherName[13] = UInt8(ascii: "x")
        for bytes in [otherID, otherName, Self.question.message(id: 0x1234)] {
            #expect(throws: DNSAnswer.Problem.notOurs) { try Self.read(bytes) }
        }
    }

    @Test(
        arguments: [
            [], [1, 2, 3], [0xc0, 33, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
            [0xc0, 200, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
            [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5],
            [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 1, 2], [0x40, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
            [63, 1, 2],
        ] as [[UInt8]]
    )
    func refusesBrokenRecords(record: [UInt8]) {
        #expect(throws: DNSAnswer.Problem.self) { try Self.read(Self.answer(record, count: 1)) }
    }

    @Test func aHeaderAloneIsNoAnswer() {
        let whole = Self.answer()
        for count in 0..<whole.count {
            let part = Array(whole[..<count])
            #expect(throws: DNSAnswer.Problem.self, "\(count) bytes") { try Self.read(part) }
        }
        #expect(throws: DNSAnswer.Problem.malformed("shorter than its header")) { try Self.read([0x12, 0x34, 0x81]) }
        #expect(throws: DNSAnswer.Problem.malformed("no question in it")) {
            try Self.read([0x12, 0x34, 0x81, 0x80, 0, 2, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test func anErrorMayLeaveTheQuestionOut() throws {
        let answer = try Self.read([0x12, 0x34, 0x81, 0x82, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(answer.codeName == "SERVFAIL" && answer.values.isEmpty)
        // A success may not.
        #expect(throws: DNSAnswer.Problem.malformed("no question in it")) {
            try Self.read([0x12, 0x34, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test func theRecordsOfATruncatedAnswerAreNotRead() throws {
        let answer = try Self.read(Self.answer([1, 2, 3], count: 9, flags: [0x83, 0x80]))
        #expect(answer.isTruncated && answer.values.isEmpty && answer.responseCode == 0)
    }

    @Test func theNameOfTheQuestionComesBackInAnyCase() throws {
        var bytes = Self.answer([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1], count: 1)
        bytes[13] = UInt8(ascii: "W")
        #expect(try Self.read(bytes).values == ["192.0.2.1"])
    }

    @Test func theOtherSectionsAreNotRead() throws {
        // An OPT record (RFC 6891) and an authority record that is broken, after the one answer.
        var bytes = Self.answer(
            [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1] + [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0] + [0xff],
            count: 1
        )
        (bytes[9], bytes[11]) = (1, 1)
        #expect(try Self.read(bytes).values == ["192.0.2.1"])
    }

    @Test func theServersOrderIsKeptAndNothingIsRemoved() throws {
        let records = [3, 1, 3].flatMap { [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, $0] as [UInt8] }
        #expect(try Self.read(Self.answer(records, count: 3)).values == ["192.0.2.3", "192.0.2.1", "192.0.2.3"])
        // Fewer than announced are cut off; more are not read.
        #expect(throws: DNSAnswer.Problem.malformed("a record is cut off")) {
            try Self.read(Self.answer(records, count: 4))
        }
        #expect(try Self.read(Self.answer(records, count: 1)).values == ["192.0.2.3"])
    }

    @Test func survivesAnyBytes() {
        var generator = SeededGenerator(seed: 53)
        for _ in 0..<20_000 {
            var bytes = Self.answer([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 6, 2, 97, 98, 2, 99, 100], count: 3)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 2..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            // Whatever comes of it, it comes without a trap.
            if let answer = try? Self.read(bytes) { #expect(answer.values.count <= 3) }
        }
    }

    @Test(arguments: [
        ("nameserver 192.0.2.53\n", "192.0.2.53"), ("# nameserver 1.1.1.1\nsearch a\nnameserver  ::1 x\n", "::1"),
        ("nameserver nonsense\nnameserver 10.0.0.1", "10.0.0.1"), ("", "127.0.0.1"),
    ])
    func findsTheSystemsServer(text: String, expected: String) {
        let server = SystemResolver.server(in: text)
        #expect(server?.ipAddress == expected && server?.port == 53)
    }
}
