import NIOCore
import NIOHTTP1

extension ChannelHandlerContext {
    /// Writes a whole answer at once.
    func writeReply(_ reply: HTTPReply, withBody: Bool, promise: EventLoopPromise<Void>?) {
        let headers = HTTPHeaders(reply.allHeaders.map { ($0.name, $0.value) })
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        for part in withBody ? reply.content : [] {
            write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(part))), promise: nil)
        }
        writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: promise)
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Adds the handlers of HTTP/1.1 between the bytes of either listener and what answers its requests.
    func addRequestGate(clock: ConnectionClock, counts: RequestCounts, limits: RequestGate.Limits) throws {
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = limits.field
        decoding.maxHeaderListSize = limits.head
        decoding.maxHeaderFieldCount = 100
        // Pipelined requests wait for the answer before them; a graceful shutdown ends connections between requests.
        try configureHTTPServerPipeline(
            withPipeliningAssistance: true,
            withErrorHandling: false,
            withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoding
        )
        try addHandler(RequestGate(clock: clock, counts: counts, maximumBody: limits.body))
    }
}
