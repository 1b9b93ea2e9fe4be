import HTTPTypes
import HealthCore
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HealthExporter

/// Connections of the main listener up to Hummingbird, from bytes to bytes.
@Suite(.timeLimit(.minutes(5))) struct MainChannelTests {
    private let stage: EndpointStage
    private let channel = NIOAsyncTestingChannel()
    private let readers = PageReaderPlaces()

    init() async throws {
        stage = try EndpointStage()
        stage.becomeReady()
        let main = MainChannel(
            responder: { _, _, _ in },
            routes: stage.exporter.responder,
            places: ConnectionPlaces(listener: "main", capacity: 8),
            readers: readers
        )
        try await channel.eventLoop.submit { [channel] in try main.addHandlers(to: channel) }.get()
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
    }

    private func send(_ text: String) async throws {
        try await channel.writeInbound(ByteBuffer(string: text))
    }

    /// What is sent until a number of answers is complete; each has a Content-Length.
    private func answers(_ count: Int) async throws -> [String] {
        var text = ""
        while Self.complete(text).count < count {
            text += String(buffer: try await channel.waitForOutboundWrite(as: ByteBuffer.self))
        }
        return Self.complete(text)
    }

    /// The answers that have come whole.
    private static func complete(_ text: String) -> [String] {
        var (rest, answers) = (text[...], [String]())
        while let end = rest.firstRange(of: "\r\n\r\n") {
            let head = rest[..<end.upperBound]
            let length = head.firstRange(of: "Content-Length: ").flatMap {
                Int(head[$0.upperBound...].prefix { $0.isNumber })
            }
            let body = rest[end.upperBound...]
            guard body.utf8.count >= length ?? 0 else { break }
            let bodyEnd = body.utf8.index(body.startIndex, offsetBy: length ?? 0)
            answers.append(String(rest[..<bodyEnd]))
            rest = rest[bodyEnd...]
        }
        return answers
    }

    private static func request(_ path: String, _ method: String = "GET", headers: String = "") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)\r\n"
    }

    @Test(arguments: ["/livez", "/metrics", "/", "/health/detailed", "/api/v1/components", "/api/v1/flags"])
    func aReadIsAnsweredWithoutHummingbird(path: String) async throws {
        try await send(Self.request(path))
        let answer = try await answers(1)[0]
        #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        #expect(try await channel.readInbound(as: HTTPRequestPart.self) == nil)
        #expect(stage.count(path) == [1, 0, 0, 0])
    }

    @Test(arguments: [("/nothing", "404"), ("/-/reload", "405"), ("/api/v1/components/none", "404")])
    func aReadThatFailsIsAnsweredWithoutHummingbirdToo(path: String, code: String) async throws {
        try await send(Self.request(path))
        #expect(try await answers(1)[0].hasPrefix("HTTP/1.1 \(code) "))
        #expect(try await channel.readInbound(as: HTTPRequestPart.self) == nil)
    }

    @Test(arguments: ["POST", "DELETE", "PUT", "OPTIONS"])
    func anyOtherMethodIsPassedOnWithItsBody(method: String) async throws {
        try await send(Self.request("/-/reload", method, headers: "Content-Length: 2\r\n") + "{}")
        guard case .head(let head) = try await channel.readInbound(as: HTTPRequestPart.self) else {
            return #expect(Bool(false), "no head")
        }
        #expect(head.method.rawValue == method && head.path == "/-/reload")
        guard case .body(let body) = try await channel.readInbound(as: HTTPRequestPart.self) else {
            return #expect(Bool(false), "no body")
        }
        #expect(String(buffer: body) == "{}")
        #expect(try await channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test func theBodyOfAReadIsIgnored() async throws {
        try await send(Self.request("/livez", headers: "Content-Length: 2\r\n") + "{}" + Self.request("/readyz"))
        let answers = try await answers(2)
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") })
    }

    @Test func aHEADOfAPageHasItsLengthAndNoBody() async throws {
        try await send(Self.request("/", "HEAD"))
        let answer = String(buffer: try await channel.waitForOutboundWrite(as: ByteBuffer.self))
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("Content-Length: "))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func pipelinedReadsAreAnsweredInOrderAlsoWhenPagesAreRenderedInBetween() async throws {
        let paths = ["/", "/nowhere", "/api/v1/components", "/livez"]
        try await send(paths.map { Self.request($0) }.joined())
        let answers = try await answers(4)
        #expect(answers.map { $0.dropFirst(9).prefix(3) } == ["200", "404", "200", "200"])
        #expect(answers[0].contains("text/html") && answers[2].hasSuffix("]") && answers[3].contains("healthy"))
    }

    @Test func whatIsTooLargeIsRefused() async throws {
        try await send(Self.request("/-/reload", "POST", headers: "Content-Length: 65537\r\n"))
        let answer = try await answers(1)[0]
        #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("at most 65536 bytes"))
        #expect(answer.contains("Connection: close"))
        #expect(stage.count("/-/reload") == [0, 0, 1, 0])
    }

    @Test func aHeadOfMoreThanItsLimitIsRefused() async throws {
        try await send(Self.request("/metrics", headers: "X: \(String(repeating: "x", count: 17_000))\r\n"))
        #expect(try await answers(1)[0].hasPrefix("HTTP/1.1 400 "))
        #expect(stage.count("other") == [0, 0, 1, 0])
    }
}
