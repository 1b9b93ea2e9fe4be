import NIOCore
import Testing

@testable import HealthExporter

/// Deadlines and refusals of a connection, with the time of an embedded event loop.
struct RequestGateTests {
    @Test(arguments: ["", "GET /metrics HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"])
    func aConnectionWithoutAWholeRequestEndsAfterTenSeconds(text: String) throws {
        let connection = try GateConnection()
        try connection.send(text)
        connection.pass(9)
        #expect(connection.isOpen && connection.placesTaken == 1)
        connection.pass(2)
        #expect(!connection.isOpen && connection.placesTaken == 0)
    }

    @Test func aDrippingHeadGainsNoTime() throws {
        let connection = try GateConnection()
        for letter in "GET / HTTP/" {
            try connection.send(String(letter))
            connection.pass(1)
        }
        #expect(!connection.isOpen)
    }

    @Test func aKeptConnectionMayBeIdleForAScrapeInterval() throws {
        let connection = try GateConnection()
        for _ in 0..<3 {
            try connection.send(GateConnection.request)
            try connection.answer()
            connection.pass(70)
            #expect(connection.isOpen)
        }
        connection.pass(6)
        #expect(!connection.isOpen && connection.requests == 3)
    }

    @Test func theNextHeadOfAKeptConnectionHasTenSecondsFromItsFirstByte() throws {
        let connection = try GateConnection()
        try connection.send(GateConnection.request)
        try connection.answer()
        connection.pass(60)
        try connection.send("GET /")
        connection.pass(9)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func weMayTakeLongerThanAnybodyElse() throws {
        let connection = try GateConnection()
        try connection.send(GateConnection.request)
        connection.pass(600)
        #expect(connection.isOpen)
        try connection.answer()
        #expect(try connection.sent.hasPrefix("HTTP/1.1 200"))
    }

    @Test func aReaderThatDoesNotReadEndsAfterThirtySeconds() throws {
        let connection = try GateConnection()
        try connection.send(GateConnection.request)
        try connection.answerToNobody()
        connection.pass(29)
        #expect(connection.isOpen)
        connection.pass(3)
        #expect(!connection.isOpen)
    }

    @Test func aReaderThatReadsALittleEndsAfterAMinute() throws {
        let connection = try GateConnection()
        try connection.send(GateConnection.request)
        try connection.answerToNobody()
        for _ in 0..<5 {
            connection.pass(10)
            connection.isRead = true
        }
        #expect(connection.isOpen)
        connection.pass(12)
        #expect(!connection.isOpen)
    }

    @Test(arguments: [
        ("nonsense\r\n\r\n", 400, "other"),
        ("GET /livez HTTP/1.1\r\n\r\n", 400, "/livez"),
        ("GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "/livez"),
        ("GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "/livez"),
        ("GET /livez HTTP/1.1\r\nHost: a,b\r\n\r\n", 400, "/livez"),
        ("GET /livez HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "/livez"),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 3000))\r\n\r\n", 400, "other"),
        ("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413, "/livez"),
        (
            "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n\(String(repeating: "x", count: 101))",
            413, "/livez"
        ),
    ])
    func aRefusedRequestIsAnsweredCountedAndEnded(text: String, status: Int, handler: String) throws {
        let connection = try GateConnection()
        try connection.send(text)
        let answer = try connection.sent
        #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
        for header in [
            "Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Content-Length: ", "Connection: close",
        ] {
            #expect(answer.contains(header), "\(header)")
        }
        #expect(connection.count(handler) == [0, 0, 1, 0])
        connection.pass(2)
        #expect(!connection.isOpen && connection.requests == 0)
    }

    @Test func whatComesAfterARefusalIsNotAnswered() throws {
        let connection = try GateConnection()
        try connection.send("nonsense\r\n\r\n")
        try connection.send(GateConnection.request)
        #expect(try connection.sent.occurrences(of: "HTTP/1.1 ") == 1)
        #expect(connection.requests == 0)
    }

    @Test func anAnswerBeforeTheEndOfTheRequestKeepsTheDeadlines() throws {
        let connection = try GateConnection()
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        try connection.answer()
        try connection.send("cde")
        connection.pass(74)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func whoWantsNoMoreThanOneAnswerGetsItAndTheEnd() throws {
        let connection = try GateConnection()
        try connection.send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GateConnection.request)
        try connection.answer()
        #expect(try connection.sent.contains("Connection: close"))
        #expect(connection.requests == 1)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    /// Else a thousand requests of one peer keep the loop from everybody else.
    @Test func pipelinedRequestsWaitForTheTurnsOfOthers() throws {
        let connection = try GateConnection()
        connection.answersAtOnce = true
        try connection.send(String(repeating: GateConnection.request, count: 1000))
        var seen = [connection.requests]
        for milliseconds in [1, 2, 4, 8, 16, 16] as [Int64] {
            connection.pass(milliseconds: milliseconds - 1)
            #expect(connection.requests == seen.last)
            connection.pass(milliseconds: 1)
            seen.append(connection.requests)
        }
        #expect(seen == [9, 17, 25, 33, 41, 49, 57])
        for _ in 0..<118 { connection.pass(milliseconds: 16) }
        #expect(connection.requests == 1000 && connection.isOpen)
    }

    @Test func oneRequestAfterTheOtherHasNoWait() throws {
        let connection = try GateConnection()
        connection.answersAtOnce = true
        for _ in 0..<1000 { try connection.send(GateConnection.request) }
        #expect(connection.requests == 1000)
    }

    @Test func aConnectionOfHTTP2EndsWithoutStreams() throws {
        let connection = try GateConnection(isMultiplexed: true)
        connection.pass(74)
        connection.clock.streamOpened()
        connection.pass(74)
        connection.clock.streamRequestEnded(bytes: 0)
        connection.clock.streamClosed(wasAnswering: true, bytes: 0)
        connection.pass(79)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen && connection.placesTaken == 0)
    }

    @Test func aShutdownEndsAConnectionOfHTTP2WithItsStreams() throws {
        let connection = try GateConnection(isMultiplexed: true)
        connection.clock.streamOpened()
        connection.happens(ChannelShouldQuiesceEvent())
        connection.pass(4)
        connection.clock.streamClosed(wasAnswering: false, bytes: 0)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    /// Else one stream that is being answered lets all the others send as much as they like.
    @Test func bodiesOfStreamsCountInTheBudgetWhateverTheOthersDo() throws {
        let connection = try GateConnection(isMultiplexed: true)
        for _ in 0..<3 { connection.clock.streamOpened() }
        connection.clock.streamReceived(60_000)
        connection.clock.streamRequestEnded(bytes: 60_000)
        for _ in 0..<2 { connection.clock.streamReceived(60_000) }
        #expect(connection.isOpen)
        connection.clock.streamClosed(wasAnswering: false, bytes: 60_000)
        connection.clock.streamReceived(60_000)
        #expect(connection.isOpen)
        // Eight places have room for 131,072 bytes.
        connection.clock.streamReceived(60_000)
        #expect(!connection.isOpen)
    }
}
