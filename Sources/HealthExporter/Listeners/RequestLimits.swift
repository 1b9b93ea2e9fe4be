import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends requests that are too large or too slow; sits behind the codec of the main listener.
final class RequestLimits: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Larger than any body that a route takes.
    static let maximumBody = 64 * 1024
    private static let time = TimeAmount.seconds(10)

    private var bytes = 0
    private var deadline: Scheduled<Void>?
    private var isRefused = false
    private var hasAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            (bytes, hasAnswered) = (0, false)
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: Self.time) { channel.close(promise: nil) }
            let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
            if length > Self.maximumBody { return refuse(context) }
        case .body(let part):
            bytes += part.readableBytes
            if bytes > Self.maximumBody { return refuse(context) }
        case .end:
            deadline?.cancel()
            deadline = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data) { hasAnswered = true }
        context.write(data, promise: promise)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        guard !hasAnswered else { return context.close(promise: nil) }
        let reply = HTTPReply.error(413, "the body is too large", hint: "at most \(Self.maximumBody) bytes")
        var fields: HTTPFields = [.connection: "close"]
        for (name, value) in reply.allHeaders {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let head = HTTPResponse(status: .init(code: reply.status), headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: reply.body))), promise: nil)
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }
}
