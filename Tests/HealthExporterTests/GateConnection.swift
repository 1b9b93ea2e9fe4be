import HealthCore
import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HealthExporter

/// Counts whole requests, and answers them when told to, or at once.
private final class Routes: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    var requests = 0
    var answersAtOnce = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        requests += 1
        if answersAtOnce { context.writeReply(.text(200, Array("ok".utf8)), withBody: true, promise: nil) }
    }

    /// A real channel that is closed fails what waits; an embedded one would keep it for ever.
    func channelInactive(context: ChannelHandlerContext) {
        context.flush()
    }
}

/// A peer who may stop reading: then nothing goes out.
private final class Peer: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    var reads = true

    func flush(context: ChannelHandlerContext) {
        if reads || !context.channel.isActive { context.flush() }
    }
}

/// A connection with the gate of both listeners, in the time of an embedded event loop.
final class GateConnection {
    static let request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"

    private let channel = EmbeddedChannel()
    private let peer = Peer()
    private let places = ConnectionPlaces(listener: "main", capacity: 8)
    private let counts = RequestCounts()
    private let routes = Routes()
    let clock: ConnectionClock

    /// - Parameter isMultiplexed: whether it is one of HTTP/2, whose streams are told to the clock by the test.
    init(isMultiplexed: Bool = false) throws {
        clock = ConnectionClock(channel: channel, places: places, deadlines: .main)
        let sync = channel.pipeline.syncOperations
        try sync.addHandler(peer)
        try sync.addHandler(ConnectionHandler(clock: clock))
        let limits = RequestGate.Limits(field: 1024, head: 2048, body: 100)
        if !isMultiplexed { try sync.addRequestGate(clock: clock, counts: counts, limits: limits) }
        try sync.addHandler(routes)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        if isMultiplexed { clock.multiplexes() }
    }

    deinit {
        // What still waits goes out, or its promises would be lost.
        isRead = true
    }

    var requests: Int { routes.requests }

    /// Whether every request is answered as it comes.
    var answersAtOnce: Bool {
        get { routes.answersAtOnce }
        set { routes.answersAtOnce = newValue }
    }

    /// Whether the peer reads; when he does again, what waits goes out.
    var isRead: Bool {
        get { peer.reads }
        set {
            peer.reads = newValue
            if newValue { channel.flush() }
        }
    }

    func send(_ text: String) throws {
        _ = try channel.writeInbound(ByteBuffer(string: text))
    }

    func answer(_ headers: [(name: String, value: String)] = []) throws {
        let context = try channel.pipeline.syncOperations.context(handler: routes)
        var reply = HTTPReply.text(200, Array("ok".utf8))
        reply.headers = headers
        context.writeReply(reply, withBody: true, promise: nil)
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

    /// Something else than bytes comes.
    func happens(_ event: any Sendable) { channel.pipeline.fireUserInboundEventTriggered(event) }

    func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    func pass(milliseconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds)) }

    var placesTaken: Int { places.facts.open }

    var isOpen: Bool { channel.isActive }

    func count(_ handler: String) -> [UInt64]? { counts.facts.first { $0.handler == handler }?.counts }
}

extension String {
    func occurrences(of text: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
