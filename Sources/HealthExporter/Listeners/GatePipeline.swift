import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

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

    /// Writes a whole answer at once, behind the codec of HTTP/1.1 or of a stream of HTTP/2.
    ///
    /// - Parameter pieces: told how many bytes were written out, if given, in pieces that are small enough to tell how fast a peer reads.
    func writePage(
        _ reply: HTTPReply,
        to request: HTTPRequest,
        with headers: HTTPFields = HTTPFields(),
        pieces: ((Int) -> Void)? = nil,
        promise: EventLoopPromise<Void>?
    ) {
        var head = HTTPResponse(status: .init(code: reply.status), headerFields: reply.fields)
        head.headerFields.append(contentsOf: headers)
        write(NIOAny(HTTPResponsePart.head(head)), promise: nil)
        if request.method != .head {
            for part in reply.content where part.readableBytes > 0 {
                guard let pieces else {
                    write(NIOAny(HTTPResponsePart.body(part)), promise: nil)
                    continue
                }
                write(part, telling: pieces)
            }
        }
        writeAndFlush(NIOAny(HTTPResponsePart.end(nil)), promise: promise)
    }

    private func write(_ part: ByteBuffer, telling told: @escaping (Int) -> Void) {
        var rest = part
        while let piece = rest.readSlice(length: min(rest.readableBytes, 16 * 1024)), piece.readableBytes > 0 {
            let written = eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenSuccess { told(piece.readableBytes) }
            write(NIOAny(HTTPResponsePart.body(piece)), promise: written)
        }
    }
}

extension Channel {
    /// Has the connection read little at a time: all requests of what was read are decoded at once, before others on the loop have their
    /// turn, and a quarter of a megabyte has thousands of them.
    func readLittleAtATime() throws {
        let sizes = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 4096)
        try syncOptions?.setOption(.recvAllocator, value: sizes)
        try syncOptions?.setOption(.maxMessagesPerRead, value: 1)
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
