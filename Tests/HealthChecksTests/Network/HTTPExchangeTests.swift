import HealthCore
import HealthTesting
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HealthChecks

/// One request and its response, byte by byte, without a network.
struct HTTPExchangeTests {
    /// What came of one exchange.
    private struct Ending {
        let answer: FirstResult<HTTPAnswer>
        let sent: String
        /// The phases under way after the request, and after the bytes of the response.
        let phases: [RunPhase?]
        /// Whether the exchange closed the connection by itself.
        let isClosed: Bool
    }

    /// Feeds the pieces of a response to an exchange; the server closes after them when `ends`.
    private static func exchange(
        _ pieces: [String],
        ends: Bool = false,
        method: HTTPMethod = .GET,
        body: String = "",
        maximumBody: Int = 100,
        needsWholeBody: Bool = true
    ) throws -> Ending {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let (phases, answer, overhead) = (PhaseTimer(time: ManualTime()), FirstResult<HTTPAnswer>(), HTTPOverhead())
        var headers = HTTPHeaders([("Host", "shop")])
        if !body.isEmpty { headers.add(name: "Content-Length", value: "\(body.utf8.count)") }
        let request = HTTPExchange.Request(
            head: HTTPRequestHead(version: .http1_1, method: method, uri: "/x", headers: headers),
            body: Array(body.utf8),
            maximumBody: maximumBody,
            needsWholeBody: needsWholeBody
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(overhead)
        try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: HTTPLimits.decoder)
        try pipeline.addHandler(HTTPExchange(request: request, phases: phases, overhead: overhead, answer: answer))
        channel.embeddedEventLoop.run()
        var sent = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { sent += String(buffer: buffer) }
        var seen = [phases.current]
        for piece in pieces where channel.isActive { try channel.writeInbound(ByteBuffer(string: piece)) }
        channel.embeddedEventLoop.run()
        let isClosed = !channel.isActive
        seen.append(phases.current)
        if ends || !isClosed { _ = try? channel.finish(acceptAlreadyClosed: true) }
        return Ending(answer: answer, sent: sent, phases: seen, isClosed: isClosed)
    }

    private static func reason(_ ending: Ending) async -> FailureReason? {
        await NetworkStage.failure { _ = try await ending.answer.value() }?.reason
    }

    /// Responses with the body that is read of them.
    static let responses: [(text: String, status: Int, body: String)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
        ("HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello, and more than was announced", 200, "hello"),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, ""),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", 503, ""),
        ("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "hello"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", 200, "hello"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi"),
        (
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
            404, "no"
        ),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi"),
        ("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", 302, ""),
    ]

    @Test(arguments: responses.indices, [false, true])
    func readsAWholeResponse(index: Int, isDribbled: Bool) async throws {
        let expected = Self.responses[index]
        let pieces = isDribbled ? expected.text.map { String($0) } : [expected.text]
        let ending = try Self.exchange(pieces)
        let answer = try await ending.answer.value()
        #expect(answer.status == expected.status && String(decoding: answer.body, as: UTF8.self) == expected.body)
        #expect(!answer.bodyWasCut && ending.isClosed)
    }

    @Test(arguments: ["", "hello"])
    func withoutALengthTheBodyEndsWithTheConnection(body: String) async throws {
        let ending = try Self.exchange(["HTTP/1.1 200 OK\r\n\r\n", body].filter { !$0.isEmpty }, ends: true)
        #expect(!ending.isClosed && ending.phases.last == .transfer)
        #expect(try await String(decoding: ending.answer.value().body, as: UTF8.self) == body)
    }

    @Test(
        arguments: [
            ("", .closedEarly), ("HTTP/1.1 20", .closedEarly), ("HTTP/1.1 200 OK\r\nA: b\r\n", .closedEarly),
            ("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", .closedEarly),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", .closedEarly),
            ("HTTP/1.1 100 Continue\r\n\r\n", .closedEarly),
            ("SSH-2.0-OpenSSH_9.2\r\n\r\n", .protocolError), ("\u{15}\u{3}\u{1}\0\u{2}", .protocolError),
            ("HTTP/1.1 abc OK\r\n\r\n", .protocolError), ("HTTP/9 200 OK\r\n\r\n", .protocolError),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .protocolError),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello", .protocolError),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", .protocolError),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", .protocolError),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .protocolError),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX", .protocolError),
            ("HTTP/1.1 200 OK\r\nBad Header\r\n\r\n", .protocolError),
        ] as [(String, FailureReason)]
    )
    func aBrokenResponseHasItsReason(text: String, reason: FailureReason) async throws {
        #expect(await Self.reason(try Self.exchange([text], ends: true)) == reason)
        #expect(await Self.reason(try Self.exchange(text.map { String($0) }, ends: true)) == reason)
    }

    @Test(
        arguments: [
            (256, 1, nil), (257, 1, .headersTooLarge), (1, 65_000, nil), (1, 66_000, .headersTooLarge),
            (10, 6000, nil), (10, 7000, .headersTooLarge),
        ] as [(Int, Int, FailureReason?)]
    )
    func headersHaveALimit(fields: Int, bytes: Int, reason: FailureReason?) async throws {
        let value = String(repeating: "v", count: bytes)
        let headers = (0..<fields).map { _ in "a: \(value)\r\n" }.joined()
        let ending = try Self.exchange(["HTTP/1.1 204 No Content\r\n", headers, "\r\n"])
        #expect(await Self.reason(ending) == reason)
    }

    @Test(
        arguments: [
            (4, true, "hell", true), (5, true, "hello", false), (6, true, "hello", false), (0, true, "", true),
            (5, false, "hello", true), (6, false, "hello", false), (1, false, "h", true),
        ]
    )
    func aBodyIsCutAtItsLimit(maximum: Int, needsWhole: Bool, body: String, isCut: Bool) async throws {
        for response in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ] {
            let ending = try Self.exchange([response], maximumBody: maximum, needsWholeBody: needsWhole)
            let answer = try await ending.answer.value()
            #expect(String(decoding: answer.body, as: UTF8.self) == body && answer.bodyWasCut == isCut)
        }
    }

    @Test func theResponseToHEADHasNoBodyWhateverItsLength() async throws {
        let ending = try Self.exchange(["HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"], method: .HEAD)
        let answer = try await ending.answer.value()
        #expect(answer.status == 200 && answer.body.isEmpty && !answer.bodyWasCut && ending.isClosed)
        #expect(answer.headers.first(name: "content-length") == "1000")
    }

    @Test func theRequestIsSentAtOnceWithItsBody() throws {
        let ending = try Self.exchange([], method: .POST, body: "a=b")
        #expect(ending.sent == "POST /x HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\na=b")
    }

    @Test func phasesFollowTheResponse() throws {
        #expect(try Self.exchange([]).phases == [.processing, .processing])
        #expect(try Self.exchange(["HTTP/1.1 200 OK\r\n"]).phases == [.processing, .processing])
        #expect(
            try Self.exchange(["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"]).phases == [.processing, .transfer]
        )
        #expect(try Self.exchange([Self.responses[0].text]).phases == [.processing, nil])
    }
}
