import HealthCore
import NIOCore
import NIOHPACK
import NIOHTTP2

/// What a health service answered (grpc/health/v1/health.proto, grpc/doc/PROTOCOL-HTTP2.md).
struct GRPCHealthAnswer: Sendable, Equatable {
    /// The HTTP status; 200 unless something else than a gRPC server spoke.
    var httpStatus = 0
    var contentType = ""
    /// The call's own status (grpc/doc/statuscodes.md); nil when the stream ended without one.
    var status: Int?
    var message = ""
    /// `ServingStatus`: 0 unknown, 1 serving, 2 not serving, 3 service unknown.
    var serving: Int?
}

/// One unary call of `grpc.health.v1.Health/Check` on a stream of its own.
final class GRPCHealthExchange: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// An answer is a dozen bytes; more than this is none.
    private static let maximumMessage = 1024

    private let headers: HPACKHeaders
    private let request: [UInt8]
    private let phases: PhaseTimer
    private let answer: OneAnswer<GRPCHealthAnswer>
    private var seen = GRPCHealthAnswer()
    private var body: [UInt8] = []
    private var isOver = false

    init(headers: HPACKHeaders, request: [UInt8], phases: PhaseTimer, answer: OneAnswer<GRPCHealthAnswer>) {
        self.headers = headers
        self.request = request
        self.phases = phases
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        phases.enter(.request)
        context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        let message = IOData.byteBuffer(ByteBuffer(bytes: request))
        context.writeAndFlush(wrapOutboundOut(.data(.init(data: message, endStream: true))), promise: nil)
        phases.enter(.processing)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .headers(let part):
            phases.enter(.transfer)
            note(part.headers)
            if part.endStream { finish(context) }
        case .data where seen.httpStatus == 0:
            end(context, .failure(CheckFailure(.protocolError, "data came before the headers")))
        case .data(let part):
            guard case .byteBuffer(let buffer) = part.data else { return }
            body += buffer.readableBytesView.prefix(Self.maximumMessage + 1 - body.count)
            if body.count > Self.maximumMessage {
                end(context, .failure(CheckFailure(.protocolError, "the answer is longer than any health answer")))
            } else if part.endStream {
                finish(context)
            }
        case .pushPromise:
            end(context, .failure(CheckFailure(.protocolError, "the server pushes, which gRPC doesn't know")))
        default: break
        }
    }

    private func note(_ headers: HPACKHeaders) {
        if let status = headers.first(name: ":status") { seen.httpStatus = Int(status) ?? 0 }
        if let type = headers.first(name: "content-type") { seen.contentType = type }
        if let status = headers.first(name: "grpc-status") { seen.status = Int(status) ?? -1 }
        if let message = headers.first(name: "grpc-message") { seen.message = message }
    }

    private func finish(_ context: ChannelHandlerContext) {
        seen.serving = GRPCMessage.servingStatus(framed: body)
        end(context, .success(seen))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, .failure(GRPCMessage.failure(error)))
    }

    private func end(_ context: ChannelHandlerContext, _ result: Result<GRPCHealthAnswer, any Error>) {
        guard !isOver else { return }
        isOver = true
        phases.finish()
        answer.give(result)
    }
}

/// Tells the call what happened to the connection below its stream, which itself only sees that it is gone.
final class GRPCConnectionEnd: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let answer: OneAnswer<GRPCHealthAnswer>

    init(answer: OneAnswer<GRPCHealthAnswer>) {
        self.answer = answer
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.give(.failure(GRPCMessage.failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.give(.failure(CheckFailure(.closedEarly, "the connection was closed before the answer was complete")))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        answer.give(.failure(CheckFailure(.closedEarly, "the connection was closed before the answer was complete")))
    }
}

/// The two messages of the health service, framed.
enum GRPCMessage {
    /// `HealthCheckRequest { string service = 1; }` behind its five bytes: not compressed, length.
    static func request(service: String) -> [UInt8] {
        var message: [UInt8] = []
        if !service.isEmpty { message = [0x0a] + varint(service.utf8.count) + Array(service.utf8) }
        let length = UInt32(truncatingIfNeeded: message.count)
        return [0] + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
            + message
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    /// `HealthCheckResponse { ServingStatus status = 1; }`; an empty message is status 0, nil is none of these.
    static func servingStatus(framed bytes: [UInt8]) -> Int? {
        guard bytes.count >= 5, bytes[0] == 0 else { return nil }
        let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count == 5 + length else { return nil }
        var (status, rest) = (0, bytes[5...])
        while let tag = readVarint(&rest) {
            switch tag & 7 {
            case 0:
                guard let value = readVarint(&rest) else { return nil }
                if tag >> 3 == 1 { status = value }
            case 2:
                guard let count = readVarint(&rest), count <= rest.count else { return nil }
                rest = rest.dropFirst(count)
            default: return nil
            }
        }
        return rest.isEmpty ? status : nil
    }

    /// At most 31 bits, which is more than anything here needs.
    private static func readVarint(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 28, by: 7) {
            guard let byte = bytes.first else { return nil }
            bytes = bytes.dropFirst()
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    /// What either side says when it takes the other's frames for wrong (RFC 9113 §7).
    private static let protocolErrors: [HTTP2ErrorCode] = [
        .protocolError, .flowControlError, .streamClosed, .frameSizeError, .compressionError,
    ]

    /// What an error of the connection or the stream means.
    static func failure(_ error: any Error) -> any Error {
        switch error {
        case let closed as NIOHTTP2Errors.StreamClosed where protocolErrors.contains(closed.errorCode):
            CheckFailure(.protocolError, "the stream ended with an error of the protocol: \(closed.errorCode)")
        case is NIOHTTP2Errors.StreamClosed:
            CheckFailure(.connectionReset, "the server reset the stream")
        case is any NIOHTTP2Error: CheckFailure(.protocolError, "no HTTP/2 answer: \(type(of: error))")
        default: NetworkReasons.failure(error)
        }
    }
}
