import HealthCore
import NIOCore
import NIOEmbedded
import Testing

@testable import HealthExporter

/// Connections of the probe listener, from bytes to bytes.
struct ProbeListenerTests {
    /// A connection with the handlers of the listener.
    private final class Connection {
        let stage: EndpointStage
        let channel = EmbeddedChannel()

        init(_ stage: EndpointStage) throws {
            self.stage = stage
            let listener = ProbeListener(
                responder: stage.exporter.responder.services.probes,
                counts: stage.exporter.responder.counts,
                stalls: stage.exporter.progress.stalls,
                store: stage.store,
                time: stage.exporter.environment.timeline,
                address: .init(host: "127.0.0.1", port: 0),
                places: ConnectionPlaces(listener: "probe", capacity: 8),
                onBound: { _ in }
            )
            try listener.addHandlers(to: channel)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        /// Sends text; returns what is answered at once, without a turn of any other loop.
        func exchange(_ text: String) throws -> String {
            _ = try channel.writeInbound(ByteBuffer(string: text))
            return try received()
        }

        func received() throws -> String {
            var text = ""
            while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
            return text
        }

        func get(_ path: String, headers: String = "") throws -> String {
            try exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
        }
    }

    private static func codes(_ answers: String) -> [String] {
        answers.split(separator: "HTTP/1.1 ").map { String($0.prefix(3)) }
    }

    @Test(
        arguments: [
            ("/livez", "200"), ("/healthz", "200"), ("/-/healthy", "200"), ("/readyz", "503"), ("/ready", "503"),
            ("/health", "503"), ("/-/ready", "503"), ("/startupz", "503"), ("/startup", "503"),
            ("/livez?verbose", "200"), ("http://probe:8643/livez", "200"),
        ]
    )
    func aProbeIsAnsweredAtOnceWithItsWholeBody(path: String, code: String) throws {
        let connection = try Connection(EndpointStage())
        let answer = try connection.get(path)
        #expect(answer.hasPrefix("HTTP/1.1 \(code) "), "\(answer)")
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(answer.contains("Content-Length: \(parts.last?.utf8.count ?? 0)\r\n"))
        #expect(answer.contains("Cache-Control: no-store\r\n") && answer.contains("X-Content-Type-Options: nosniff"))
    }

    @Test func theAnswerIsThatOfTheMainListener() async throws {
        let stage = try EndpointStage()
        for path in ["/livez", "/readyz", "/startupz", "/readyz?verbose"] {
            let main = try await stage.get(path)
            // An embedded event loop belongs to the thread that made it.
            let answer = try Connection(stage).get(path)
            #expect(answer.hasSuffix("\r\n\r\n" + main.text), "\(path)")
        }
    }

    @Test(arguments: ["/", "/metrics", "/health/detailed", "/api/v1/components", "/-/reload", "/livez/", "/nothing"])
    func anyOtherPathIs404AndNamesTheProbes(path: String) throws {
        let stage = try EndpointStage()
        let answer = try Connection(stage).get(path)
        #expect(answer.hasPrefix("HTTP/1.1 404 "))
        #expect(answer.hasSuffix(#"{"error":"no such path","hint":"the probes are /livez, /readyz and /startupz"}"#))
    }

    @Test(arguments: ["POST", "DELETE", "PUT", "OPTIONS"])
    func anotherMethodIs405(method: String) throws {
        let answer = try Connection(EndpointStage()).exchange("\(method) /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("Allow: GET, HEAD\r\n"), "\(answer)")
    }

    @Test func aHEADHasNoBody() throws {
        let answer = try Connection(EndpointStage()).exchange("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n"))
        #expect(answer.contains("Content-Length: ") && !answer.contains("Content-Length: 0"))
    }

    @Test func whileShuttingDownEachAnswerEndsItsConnection() throws {
        let stage = try EndpointStage()
        let connection = try Connection(stage)
        #expect(try !connection.get("/readyz").contains("Connection: close"))
        stage.store.shutDown()
        let answer = try connection.get("/readyz")
        #expect(answer.contains("Connection: close") && answer.contains(#""reason":"shutting_down""#))
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!connection.channel.isActive)
    }

    @Test func pipelinedProbesAreAnsweredInOrder() throws {
        let paths = ["/livez", "/nowhere", "/readyz", "/livez"]
        let requests = paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        #expect(Self.codes(try Connection(EndpointStage()).exchange(requests)) == ["200", "404", "503", "200"])
    }

    @Test func answersAreCountedByTheNameOfTheEndpoint() throws {
        let stage = try EndpointStage()
        let connection = try Connection(stage)
        for path in ["/livez", "/healthz", "/readyz", "/metrics", "/nothing"] { _ = try connection.get(path) }
        #expect(stage.count("/livez") == [2, 0, 0, 0] && stage.count("/readyz") == [0, 0, 0, 1])
        #expect(stage.count("/metrics") == [0, 0, 1, 0] && stage.count("other") == [0, 0, 1, 0])
    }

    @Test(
        arguments: [
            ("GET /livez HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\n", "400"),
            ("GET /livez HTTP/1.1\r\nHost: a\r\n\(String(repeating: "a: b\r\n", count: 101))\r\n", "400"),
            ("nonsense\r\n\r\n", "400"), ("GET /livez HTTP/3.7\r\n\r\n", "400"),
            ("POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n", "413"),
        ]
    )
    func whatIsMalformedOrTooLargeIsRefusedAndEndsTheConnection(request: String, code: String) throws {
        let connection = try Connection(EndpointStage())
        let answer = try connection.exchange(request)
        #expect(answer.hasPrefix("HTTP/1.1 \(code) ") && answer.contains("Connection: close"), "\(answer.prefix(200))")
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!connection.channel.isActive)
    }

    @Test func aBodyWithinTheLimitIsIgnored() throws {
        let request =
            "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1024\r\n\r\n\(String(repeating: "x", count: 1024))"
        #expect(try Connection(EndpointStage()).exchange(request).hasPrefix("HTTP/1.1 200 "))
    }

    @Test func aPeerThatClosesItsSideGetsItsAnswer() throws {
        let connection = try Connection(EndpointStage())
        _ = try connection.channel.writeInbound(ByteBuffer(string: "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"))
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try connection.received().hasPrefix("HTTP/1.1 200 "))
    }

    @Test func theTimeOfTheLastRequestIsKeptPerProbe() throws {
        let stage = try EndpointStage()
        let connection = try Connection(stage)
        let probes = stage.exporter.responder.services.probes
        #expect(probes.facts().allSatisfy { $0.lastRequest == nil })
        _ = try connection.get("/ready")
        #expect(probes.facts().map { $0.lastRequest != nil } == [false, true, false])
        #expect(probes.facts().map(\.isPassing) == [true, false, false])
        #expect(probes.facts().map(\.probe) == [.liveness, .readiness, .startup])
    }
}
