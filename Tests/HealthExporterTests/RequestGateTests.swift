import HealthCore
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HealthExporter

/// Deadlines and refusals of a connection, with the time of an embedded event loop.
struct RequestGateTests {
    /// Keeps the heads of whole requests, and answers them when told to.
    private final class Routes: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        var requests = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .end = unwrapInboundIn(data) { requests += 1 }
        }
    }

    private final class Connection {
        let channel = EmbeddedChannel()
        let places = ConnectionPlaces(listener: "main", capacity: 8)
        let counts = RequestCounts()
        private let routes = Routes()

        init() throws {
            let clock = ConnectionClock(channel: channel, places: places, deadlines: .main)
            let sync = channel.pipeline.syncOperations
            try sync.addHandler(ConnectionHandler(clock: clock))
            try sync.configureHTTPServerPipeline(
                withPipeliningAssistance: true,
                withErrorHandling: false,
                withOutboundHeaderValidation: true,
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: RequestGate.headLimits(field: 1024, list: 2048)
            )
            try sync.addHandler(RequestGate(clock: clock, counts: counts, maximumBody: 100))
            try sync.addHandler(routes)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        var requests: Int { routes.requests }

        func send(_ text: String) throws {
            _ = try channel.writeInbound(ByteBuffer(string: text))
        }

        func answer() throws {
            let context = try channel.pipeline.syncOperations.context(handler: routes)
            context.writeReply(.text(200, Array("ok".utf8)), withBody: true, promise: nil)
        }

        /// Writes an answer of which no byte goes out.
        func answerToNobody() throws {
            let context = try channel.pipeline.syncOperations.context(handler: routes)
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "2"])
            context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        }

        var sent: String {
            get throws {
                var text = ""
                while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
                return text
            }
        }

        func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

        var isOpen: Bool { channel.isActive }

        func count(_ handler: String) -> [UInt64]? { counts.facts.first { $0.handler == handler }?.counts }
    }

    private static let request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: ["", "GET /metrics HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])
    func aConnectionWithoutAWholeRequestEndsAfterTenSeconds(text: String) throws {
        let connection = try Connection()
        try connection.send(text)
        connection.pass(9)
        #expect(connection.isOpen && connection.places.facts.open == 1)
        connection.pass(2)
        #expect(!connection.isOpen && connection.places.facts.open == 0)
    }

    @Test func aDrippingHeadGainsNoTime() throws {
        let connection = try Connection()
        for letter in "GET / HTTP/" {
            try connection.send(String(letter))
            connection.pass(1)
        }
        #expect(!connection.isOpen)
    }

    @Test func aKeptConnectionMayBeIdleForAScrapeInterval() throws {
        let connection = try Connection()
        for _ in 0..<3 {
            try connection.send(Self.request)
            try connection.answer()
            connection.pass(70)
            #expect(connection.isOpen)
        }
        connection.pass(6)
        #expect(!connection.isOpen && connection.requests == 3)
    }

    @Test func theNextHeadOfAKeptConnectionHasTenSecondsFromItsFirstByte() throws {
        let connection = try Connection()
        try connection.send(Self.request)
        try connection.answer()
        connection.pass(60)
        try connection.send("GET /")
        connection.pass(9)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func weMayTakeLongerThanAnybodyElse() throws {
        let connection = try Connection()
        try connection.send(Self.request)
        connection.pass(600)
        #expect(connection.isOpen)
        try connection.answer()
        #expect(try connection.sent.hasPrefix("HTTP/1.1 200"))
    }

    @Test func aReaderThatDoesNotReadEndsAfterThirtySeconds() throws {
        let connection = try Connection()
        try connection.send(Self.request)
        try connection.answerToNobody()
        connection.pass(29)
        #expect(connection.isOpen)
        connection.pass(3)
        #expect(!connection.isOpen)
    }

    @Test func aReaderThatReadsALittleEndsAfterAMinute() throws {
        let connection = try Connection()
        try connection.send(Self.request)
        try connection.answerToNobody()
        for _ in 0..<5 {
            connection.pass(10)
            connection.channel.flush()
        }
        #expect(connection.isOpen)
        connection.pass(12)
        #expect(!connection.isOpen)
    }

    @Test(arguments: [
        ("nonsense\r\n\r\n", 400, "other"),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 3000))\r\n\r\n", 400, "other"),
        ("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413, "/livez"),
        (
            "POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n\(String(repeating: "x", count: 101))",
            413, "/livez"
        ),
    ])
    func aRefusedRequestIsAnsweredCountedAndEnded(text: String, status: Int, handler: String) throws {
        let connection = try Connection()
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
        let connection = try Connection()
        try connection.send("nonsense\r\n\r\n")
        try connection.send(Self.request)
        #expect(try connection.sent.components(separatedBy: "HTTP/1.1 ").count == 2)
        #expect(connection.requests == 0)
    }

    @Test func anAnswerBeforeTheEndOfTheRequestKeepsTheDeadlines() throws {
        let connection = try Connection()
        try connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        try connection.answer()
        try connection.send("cde")
        connection.pass(74)
        #expect(connection.isOpen)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func whoWantsNoMoreThanOneAnswerGetsItAndTheEnd() throws {
        let connection = try Connection()
        try connection.send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + Self.request)
        try connection.answer()
        #expect(try connection.sent.contains("Connection: close"))
        #expect(connection.requests == 1)
        connection.pass(2)
        #expect(!connection.isOpen)
    }

    @Test func pipelinedRequestsAreAnsweredOneAfterAnother() throws {
        let connection = try Connection()
        try connection.send(Self.request + Self.request)
        #expect(connection.requests == 1)
        try connection.answer()
        #expect(connection.requests == 2)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        var (parts, rest) = ([Substring](), self[...])
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
