import HealthCore
import HealthTesting
import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP2
import Testing

@testable import HealthChecks

/// The frames of one call, and what each order of them leads to.
struct GRPCHealthExchangeTests {
    private typealias Payload = HTTP2Frame.FramePayload

    private static func headers(_ fields: [(String, String)], ends: Bool = false) -> Payload {
        .headers(.init(headers: HPACKHeaders(fields), endStream: ends))
    }

    private static func data(_ bytes: [UInt8], ends: Bool = false) -> Payload {
        .data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: ends))
    }

    private static let start = headers([(":status", "200"), ("content-type", "application/grpc+proto")])
    private static let trailers = headers([("grpc-status", "0")], ends: true)
    private static let serving: [UInt8] = [0, 0, 0, 0, 2, 8, 1]

    /// What a call comes to that gets these frames; nil while it goes on.
    private static func answer(
        _ frames: [Payload],
        error: (any Error)? = nil
    ) async throws -> Result<GRPCHealthAnswer, any Error>? {
        let answer = FirstResult<GRPCHealthAnswer>()
        try exchange(frames, error: error, answer)
        guard answer.isSet else { return nil }
        do {
            return .success(try await answer.value())
        } catch {
            return .failure(error)
        }
    }

    private static func exchange(
        _ frames: [Payload],
        error: (any Error)?,
        _ answer: FirstResult<GRPCHealthAnswer>
    ) throws {
        let phases = PhaseTimer(time: ManualTime())
        let channel = EmbeddedChannel(
            handler: GRPCHealthExchange(request: GRPCMessageTests.request(), phases: phases, answer: answer)
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for frame in frames { try channel.writeInbound(frame) }
        if let error { channel.pipeline.fireErrorCaught(error) }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    private static func failure(_ frames: [Payload], error: (any Error)? = nil) async throws -> CheckFailure {
        let result = try #require(try await answer(frames, error: error))
        guard case .failure(let failure) = result else { throw CheckFailure(.internal, "answered: \(result)") }
        return try #require(failure as? CheckFailure)
    }

    @Test func sendsTheHeadersAndThenTheMessageAsTheEndOfItsSide() throws {
        let request = GRPCMessageTests.request()
        let phases = PhaseTimer(time: ManualTime())
        let channel = EmbeddedChannel(
            handler: GRPCHealthExchange(request: request, phases: phases, answer: FirstResult())
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        guard case .headers(let head)? = try channel.readOutbound(as: Payload.self),
            case .data(let body)? = try channel.readOutbound(as: Payload.self), case .byteBuffer(let bytes) = body.data
        else {
            Issue.record("no headers or no data")
            return
        }
        #expect(head.headers == request.headers && !head.endStream)
        #expect(Array(bytes.readableBytesView) == request.message && body.endStream)
        #expect(try channel.readOutbound(as: Payload.self) == nil && phases.current == .processing)
        try channel.writeInbound(Self.start)
        #expect(phases.current == .transfer)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test(arguments: 1...7)
    func aMessageMayComeInAnyNumberOfFrames(size: Int) async throws {
        let parts = stride(from: 0, to: Self.serving.count, by: size).map { start in
            Self.data(Array(Self.serving[start..<min(start + size, Self.serving.count)]))
        }
        let answer = try #require(try await Self.answer([Self.start] + parts + [Self.trailers])).get()
        #expect(answer.httpStatus == 200 && answer.contentType == "application/grpc+proto")
        #expect(answer.status == 0 && answer.serving == 1)
    }

    @Test func anAnswerWithoutAMessageIsOneBlockOfHeaders() async throws {
        let fields = [
            (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "5"),
            ("grpc-message", "unknown service"),
        ]
        let answer = try #require(try await Self.answer([Self.headers(fields, ends: true)])).get()
        #expect(answer.status == 5 && answer.message == "unknown service" && answer.serving == nil)
    }

    @Test func dataMayEndTheStreamWithoutTrailers() async throws {
        let answer = try #require(try await Self.answer([Self.start, Self.data(Self.serving, ends: true)])).get()
        #expect(answer.status == nil && answer.serving == 1)
    }

    @Test(arguments: [("x", -1), ("", -1), ("16", 16)])
    func aStatusThatIsNoNumberIsNotZero(text: String, status: Int) async throws {
        let trailers = Self.headers([("grpc-status", text)], ends: true)
        #expect(try #require(try await Self.answer([Self.start, trailers])).get().status == status)
    }

    @Test func theCallGoesOnUntilTheStreamEnds() async throws {
        #expect(try await Self.answer([]) == nil)
        #expect(try await Self.answer([Self.start]) == nil)
        #expect(try await Self.answer([Self.start, Self.data(Self.serving)]) == nil)
        // Frames of the connection are none of the call.
        #expect(try await Self.answer([.ping(HTTP2PingData(), ack: false), Self.start]) == nil)
    }

    @Test func framesOutOfOrderAreMalformed() async throws {
        let early = try await Self.failure([Self.data(Self.serving)])
        #expect(early.reason == .protocolError && early.message == "data came before the headers")
        let push = Payload.pushPromise(.init(pushedStreamID: 2, headers: HPACKHeaders()))
        let pushed = try await Self.failure([push])
        #expect(pushed.reason == .protocolError && pushed.message == "the server pushes, which gRPC doesn't know")
    }

    @Test func anAnswerLongerThanAKilobyteIsNone() async throws {
        let half = Self.data(Array(repeating: 0, count: 512))
        #expect(try await Self.answer([Self.start, half, half]) == nil)
        let failure = try await Self.failure([Self.start, half, half, Self.data([0])])
        #expect(failure.reason == .protocolError)
        #expect(failure.message == "the answer is longer than any health answer")
    }

    @Test func onlyTheFirstEndOfACallCounts() async throws {
        let frames = [Self.start, Self.data(Self.serving), Self.trailers, Self.data([0])]
        let answer = try await Self.answer(frames, error: ChannelError.inputClosed)
        #expect(try #require(answer).get().serving == 1)
        let late = try await Self.failure([Self.data([0]), Self.start, Self.trailers])
        #expect(late.message == "data came before the headers")
    }

    @Test(
        arguments: [
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .protocolError), .protocolError),
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .frameSizeError), .protocolError),
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .compressionError), .protocolError),
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .flowControlError), .protocolError),
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .streamClosed), .protocolError),
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .cancel), .connectionReset),
            (NIOHTTP2Errors.streamClosed(streamID: 1, errorCode: .refusedStream), .connectionReset),
            (NIOHTTP2Errors.missingPreface(), .protocolError), (ChannelError.inputClosed, .closedEarly),
            (IOError(errnoCode: 104, reason: "read"), .connectionReset),
        ] as [(any Error, FailureReason)]
    )
    func anErrorOfTheStreamHasItsReason(error: any Error, reason: FailureReason) async throws {
        #expect(try await Self.failure([Self.start], error: error).reason == reason)
    }

    @Test func theEndOfTheConnectionEndsTheCall() async throws {
        func end(_ act: (EmbeddedChannel) throws -> Void) throws -> FirstResult<GRPCHealthAnswer> {
            let answer = FirstResult<GRPCHealthAnswer>()
            let channel = EmbeddedChannel(handler: GRPCConnectionEnd(answer: answer))
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            #expect(!answer.isSet)
            try act(channel)
            return answer
        }
        let closed = try end { _ = try $0.finish(acceptAlreadyClosed: true) }
        let failed = try end {
            $0.pipeline.fireErrorCaught(NIOHTTP2Errors.missingPreface())
            #expect(!$0.isActive)
        }
        for (answer, reason) in [(closed, FailureReason.closedEarly), (failed, .protocolError)] {
            try #require(answer.isSet)
            let failure = await #expect(throws: CheckFailure.self) {
                try await answer.value()
            }
            #expect(failure?.reason == reason)
        }
    }
}

/// The reports on answers of a health service.
struct GRPCHealthAnswerTests {
    @Test(
        arguments: [
            (1, .success, "SERVING"), (2, .failure(.notServing), "NOT_SERVING"), (0, .failure(.notServing), "UNKNOWN"),
            (3, .failure(.notServing), "SERVICE_UNKNOWN"),
            (4, .failure(.protocolError), "the answer holds no serving status"),
            (nil, .failure(.protocolError), "the answer holds no serving status"),
        ] as [(Int?, CheckReport.Verdict, String)]
    )
    func theServingStatusIsTheReport(serving: Int?, verdict: CheckReport.Verdict, message: String) {
        let answer = GRPCHealthAnswer(
            httpStatus: 200,
            contentType: "application/grpc",
            status: 0,
            serving: serving
        )
        let report = answer.report(SeenText())
        #expect(report.verdict == verdict && report.message == message)
    }

    @Test(
        arguments: [
            (-1, .error, "grpc-status -1: why"), (1, .error, "grpc-status 1: why"), (2, .error, "grpc-status 2: why"),
            (4, .timeout, "grpc-status 4: why"), (5, .notServing, "the service is not known: grpc-status 5: why"),
            (7, .authentication, "grpc-status 7: why"), (8, .notServing, "grpc-status 8: why"),
            (12, .protocolError, "the server has no health service: grpc-status 12: why"),
            (13, .error, "grpc-status 13: why"), (14, .notServing, "grpc-status 14: why"),
            (16, .authentication, "grpc-status 16: why"),
        ] as [(Int, FailureReason, String)]
    )
    func aStatusOtherThanOKHasItsReason(status: Int, reason: FailureReason, message: String) {
        var answer = GRPCHealthAnswer(httpStatus: 200, contentType: "application/grpc", status: status)
        // A message of another call does not count.
        answer.serving = 1
        #expect(answer.report(SeenText()).message == message.replacing(": why", with: ""))
        answer.message = "why"
        #expect(answer.report(SeenText()).verdict == .failure(reason))
        #expect(answer.report(SeenText()).message == message)
    }

    @Test(
        arguments: [
            (503, "text/html", .unexpectedStatus, "answered with HTTP status 503"),
            (0, "application/grpc", .unexpectedStatus, "answered with HTTP status 0"),
            (200, "text/html", .protocolError, "the answer is no gRPC"),
            (200, "", .protocolError, "the answer is no gRPC"),
            (200, "application/grpc", .protocolError, "the answer ended without grpc-status"),
        ] as [(Int, String, FailureReason, String)]
    )
    func anAnswerOfAnotherServerIsNone(http: Int, type: String, reason: FailureReason, message: String) {
        let report = GRPCHealthAnswer(httpStatus: http, contentType: type, serving: 1).report(SeenText())
        #expect(report.verdict == .failure(reason) && report.message == message)
    }
}
