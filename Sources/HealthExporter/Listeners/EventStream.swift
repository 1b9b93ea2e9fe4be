import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Writes events to one open page; lives on the event loop of its connection.
///
/// An answer ends after a while like any other, and the browser asks again: so the deadlines of connections hold for streams, too.
final class EventStream {
    /// Shorter than the time that an answer may take.
    private static let length = TimeAmount.seconds(50)
    /// Proxies close what is silent for longer, and a page that hears nothing for 15 s asks whether the exporter is there.
    private static let silence = TimeAmount.seconds(10)
    /// How soon a browser asks again.
    private static let retry = "retry: 2000\n\n"

    private let feed: LiveFeed
    private let context: ChannelHandlerContext
    private var id: Int?
    private var timers: [Scheduled<Void>] = []
    private var hasEnded = false

    /// A stream that writes to a connection, or to a stream of HTTP/2.
    init(feed: LiveFeed, context: ChannelHandlerContext) {
        (self.feed, self.context) = (feed, context)
    }

    /// Begins to write; returns false when there are too many open pages, and nothing was written.
    func begin(_ subscription: LiveSubscription, onEnd: @escaping () -> Void) -> Bool {
        let loop = context.eventLoop
        let bound = NIOLoopBound(self, eventLoop: loop)
        let reader = LiveFeed.Reader(subscription: subscription) { event, done in
            loop.execute { bound.value.write(event, done) }
        }
        var head = HTTPResponse(status: .ok, headerFields: HTTPReply.eventStream.fields)
        head.headerFields[.contentLength] = nil
        guard let id = feed.add(reader) else { return false }
        self.id = id
        context.write(NIOAny(HTTPResponsePart.head(head)), promise: nil)
        write(ByteBuffer(string: Self.retry)) {}
        timers = [
            loop.assumeIsolated().scheduleTask(in: Self.length) { [self] in
                end()
                // Before the next request of the connection begins another one.
                onEnd()
                context.writeAndFlush(NIOAny(HTTPResponsePart.end(nil)), promise: nil)
            }
        ]
        keepAlive()
        return true
    }

    /// The connection is closed, or the answer at its end.
    func end() {
        hasEnded = true
        for timer in timers { timer.cancel() }
        timers = []
        if let id { feed.remove(id) }
        id = nil
    }

    private func keepAlive() {
        timers.append(
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.silence) { [self] in
                write(ByteBuffer(string: "event: alive\ndata:\n\n")) {}
                keepAlive()
            }
        )
    }

    private func write(_ event: ByteBuffer, _ done: @escaping @Sendable () -> Void) {
        guard !hasEnded else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { done() }
        context.writeAndFlush(NIOAny(HTTPResponsePart.body(event)), promise: written)
    }
}
