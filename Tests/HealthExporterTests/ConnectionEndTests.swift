import NIOCore
import Testing

@testable import HealthExporter

/// Pipelined requests, and the ends of connections.
struct ConnectionEndTests {
    @Test func pipelinedRequestsAreAnsweredOneAfterAnother() throws {
        let connection = try GateConnection()
        try connection.send(GateConnection.request + GateConnection.request)
        #expect(connection.requests == 1)
        try connection.answer()
        #expect(connection.requests == 2)
    }

    @Test func whoPipelinesLetsOthersHaveTheirTurn() throws {
        let connection = try GateConnection()
        try connection.send(String(repeating: GateConnection.request, count: 20))
        for answered in 1...8 {
            try connection.answer()
            #expect(connection.requests == answered + 1)
        }
        try connection.answer()
        #expect(connection.requests == 9)
        connection.pass(1)
        #expect(connection.requests == 10)
    }

    @Test func whoPipelinesAndDoesNotReadEndsAfterThirtySecondsWithOneAnswerWaiting() throws {
        let connection = try GateConnection()
        connection.isRead = false
        var answered = 0
        for second in 0..<32 {
            #expect(connection.isOpen || second > 29)
            guard connection.isOpen else { break }
            try connection.send(GateConnection.request)
            if connection.requests > answered {
                answered = connection.requests
                try connection.answer()
            }
            connection.pass(1)
        }
        #expect(answered == 1 && !connection.isOpen)
    }

    @Test func whoReadsAgainGetsTheRestOfWhatHePipelined() throws {
        let connection = try GateConnection()
        connection.isRead = false
        try connection.send(GateConnection.request + GateConnection.request)
        try connection.answer()
        #expect(connection.requests == 1)
        connection.isRead = true
        #expect(connection.requests == 2)
        try connection.answer()
        #expect(try connection.sent.occurrences(of: "HTTP/1.1 200") == 2)
        connection.pass(70)
        #expect(connection.isOpen)
    }

    @Test func anAnswerThatMustEndTheConnectionDoesWhateverTheRequestSaid() throws {
        let connection = try GateConnection()
        try connection.send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" + GateConnection.request)
        try connection.answer([("Connection", "close")])
        let sent = try connection.sent
        #expect(sent.occurrences(of: "Connection: close") == 1 && !sent.contains("keep-alive"))
        #expect(connection.requests == 1)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func whoClosesHisSideWhileHeReadsHisAnswerIsNotKept() throws {
        let connection = try GateConnection()
        connection.isRead = false
        try connection.send(GateConnection.request)
        try connection.answer()
        connection.happens(ChannelEvent.inputClosed)
        #expect(connection.isOpen)
        connection.isRead = true
        #expect(try connection.sent.hasPrefix("HTTP/1.1 200"))
        #expect(!connection.isOpen)
    }

    @Test func whoWasAnsweredEarlyHasTenSecondsForTheRestOfHisRequest() throws {
        let connection = try GateConnection()
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        try connection.answer()
        connection.pass(9)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test(arguments: ["", "GET /metrics HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])
    func aRequestThatIsNotWholeHoldsUpNoShutdown(text: String) throws {
        let connection = try GateConnection()
        try connection.send(text)
        connection.happens(ChannelShouldQuiesceEvent())
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func anAnswerThatNobodyReadsHoldsUpNoShutdown() throws {
        let connection = try GateConnection()
        connection.isRead = false
        try connection.send(GateConnection.request)
        try connection.answer()
        connection.happens(ChannelShouldQuiesceEvent())
        connection.pass(1)
        #expect(connection.isOpen)
        connection.pass(3)
        #expect(!connection.isOpen)
    }

    @Test func whatWeStillOweIsAnsweredAtAShutdown() throws {
        let connection = try GateConnection()
        try connection.send(GateConnection.request)
        connection.happens(ChannelShouldQuiesceEvent())
        connection.pass(5)
        #expect(connection.isOpen)
        try connection.answer()
        #expect(try connection.sent.contains("HTTP/1.1 200"))
        connection.pass(2)
        #expect(!connection.isOpen)
    }
}
