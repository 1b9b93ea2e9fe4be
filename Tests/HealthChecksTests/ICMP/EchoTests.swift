import Testing

@testable import HealthChecks

/// Echo requests and their replies as bytes.
struct EchoTests {
    private static let echo = Echo(isV6: false, payload: [1, 2, 3])

    private static func reply(
        _ sequence: Int,
        type: UInt8 = 0,
        code: UInt8 = 0,
        payload: [UInt8] = [1, 2, 3]
    ) -> [UInt8] {
        [type, code, 0, 0, 9, 9, UInt8(sequence >> 8), UInt8(sequence & 0xff)] + payload
    }

    @Test(
        arguments: [
            (0, [0, 1]), (1, [0, 2]), (254, [0, 255]), (255, [1, 0]), (256, [1, 1]), (65_534, [255, 255]),
            (65_535, [255, 255]), (1_000_000, [255, 255]),
        ] as [(Int, [UInt8])]
    )
    func eachRequestHasTheNextSequenceNumber(count: Int, sequence: [UInt8]) {
        #expect(Self.echo.request(after: count) == [8, 0, 0, 0, 0, 0] + sequence + [1, 2, 3])
        let v6 = Echo(isV6: true, payload: []).request(after: count)
        #expect(v6 == [128, 0, 0, 0, 0, 0] + sequence)
    }

    @Test func aReplyAnswersARequestThatWasSent() {
        for (sequence, count) in [(1, 1), (1, 2), (2, 2), (256, 300)] {
            #expect(Self.echo.isAnswered(by: Self.reply(sequence), after: count), "\(sequence) of \(count)")
        }
        for (sequence, count) in [(0, 1), (2, 1), (301, 300), (0, 0)] {
            #expect(!Self.echo.isAnswered(by: Self.reply(sequence), after: count), "\(sequence) of \(count)")
        }
    }

    @Test(arguments: [
        reply(1, type: 8), reply(1, type: 3), reply(1, type: 129), reply(1, code: 1), reply(1, payload: [1, 2]),
        reply(1, payload: [1, 2, 4]), reply(1, payload: [1, 2, 3, 4]), [], [0, 0, 0, 0, 9, 9, 0],
    ])
    func otherMessagesAreNoReply(bytes: [UInt8]) {
        #expect(!Self.echo.isAnswered(by: bytes, after: 1))
    }

    @Test func aReplyIsOfTheFamilyOfItsRequest() {
        let v6 = Echo(isV6: true, payload: [1, 2, 3])
        #expect(v6.isAnswered(by: Self.reply(1, type: 129), after: 1))
        #expect(!v6.isAnswered(by: Self.reply(1, type: 0), after: 1))
        #expect(!v6.isAnswered(by: Self.reply(1, type: 128), after: 1))
    }
}
