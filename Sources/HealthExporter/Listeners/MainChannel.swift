import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL
import NIOTLS

/// A connection of the main listener: the budget and the deadlines, TLS if it is asked for, the codec, the gate, the pages, and behind
/// them Hummingbird.
struct MainChannel: HTTPChannelHandler {
    /// What Hummingbird's part reads requests from and writes answers to.
    typealias RequestChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    /// With HTTP/2 each request has a channel of its own.
    typealias Streams = NIOHTTP2Handler.AsyncStreamMultiplexer<RequestChannel>
    /// What the client has chosen.
    typealias Negotiated = NIONegotiatedHTTPVersion<RequestChannel, Streams>

    /// A connection, once the client has chosen the version of HTTP.
    struct Value: ServerChildChannelValue {
        /// The connection.
        let channel: any Channel
        /// Complete at once without TLS, else with the handshake.
        let negotiated: EventLoopFuture<Negotiated>
    }

    /// Hummingbird's part, for what needs a task.
    let responder: HTTPChannelHandler.Responder
    /// What answers reads.
    let routes: EndpointResponder
    /// The places of its listener's connections.
    let places: ConnectionPlaces
    /// Who reads a large page.
    let readers: PageReaderPlaces
    /// TLS and users; nil for a listener that has neither.
    var protection: WebProtection?

    /// Larger heads are refused.
    static let maximumHead = 32 * 1024
    /// Larger fields of a head are refused.
    static let maximumField = 16 * 1024

    /// Adds all handlers to a new connection.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let clock = try addClock(to: channel)
            let sync = channel.pipeline.syncOperations
            guard let tls = protection?.tls else {
                let requests = try http1(on: channel, clock, verifiedBy: nil)
                return Value(channel: channel, negotiated: channel.eventLoop.makeSucceededFuture(.http1_1(requests)))
            }
            try sync.addHandler(PlainRequestHandler())
            try sync.addHandler(tls.makeHandler())
            let bound = NIOLoopBound(clock, eventLoop: channel.eventLoop)
            let negotiation = NIOTypedApplicationProtocolNegotiationHandler<Negotiated> { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    try negotiated(result, on: channel, clock: bound.value, tls: tls)
                }
            }
            try sync.addHandler(negotiation)
            return Value(channel: channel, negotiated: negotiation.protocolNegotiationResult)
        }
    }

    private func addClock(to channel: any Channel) throws -> ConnectionClock {
        try channel.readLittleAtATime()
        let clock = ConnectionClock(channel: channel, places: places, deadlines: .main)
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(clock: clock))
        return clock
    }

    /// Adds the handlers of a connection without TLS in front of Hummingbird's, on the connection's event loop.
    func addHandlers(to channel: any Channel) throws {
        try addHTTP1Handlers(to: channel, try addClock(to: channel), verifiedBy: nil)
    }

    /// The handshake is done; HTTP/2 only for those who have asked for it.
    private func negotiated(
        _ result: ALPNResult,
        on channel: any Channel,
        clock: ConnectionClock,
        tls: ServerTLS
    ) throws -> Negotiated {
        let certificate = try channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self).peerCertificate
        let rules = tls.rulesOfVerification(certificate)
        guard case .negotiated("h2") = result else {
            return .http1_1(try http1(on: channel, clock, verifiedBy: rules))
        }
        return .http2(try http2(on: channel, clock, verifiedBy: rules))
    }

    private func http1(
        on channel: any Channel,
        _ clock: ConnectionClock,
        verifiedBy: ServerTLS.ClientRules?
    ) throws -> RequestChannel {
        try addHTTP1Handlers(to: channel, clock, verifiedBy: verifiedBy)
        return try RequestChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }

    /// Adds the handlers of HTTP/1.1, on the connection's event loop.
    private func addHTTP1Handlers(
        to channel: any Channel,
        _ clock: ConnectionClock,
        verifiedBy: ServerTLS.ClientRules?
    ) throws {
        let sync = channel.pipeline.syncOperations
        let limits = RequestGate.Limits(
            field: Self.maximumField,
            head: Self.maximumHead,
            body: EndpointResponder.maximumBody
        )
        try sync.addRequestGate(clock: clock, counts: routes.counts, limits: limits)
        try sync.addHandler(HTTP1ToHTTPServerCodec(secure: protection?.tls != nil))
        try addRequestHandlers(to: channel, verifiedBy: verifiedBy)
    }

    /// Adds what comes between a codec and Hummingbird's part.
    func addRequestHandlers(
        to channel: any Channel,
        verifiedBy: ServerTLS.ClientRules?,
        isStream: Bool = false
    ) throws {
        let sync = channel.pipeline.syncOperations
        if let protection {
            try sync.addHandler(
                AdmissionHandler(
                    protection: protection,
                    admins: routes.admins,
                    counts: routes.counts,
                    verifiedBy: verifiedBy
                )
            )
        }
        try sync.addHandler(PageHandler(routes: routes, readers: readers, isStream: isStream))
    }

    /// Serves the requests of a connection that were passed on.
    func handle(value: Value, logger: Logger) async {
        // A handshake that fails has closed the connection.
        guard let negotiated = try? await value.negotiated.get() else { return }
        switch negotiated {
        case .http1_1(let requests): await handleHTTP(asyncChannel: requests, logger: logger)
        case .http2(let streams):
            try? await withThrowingDiscardingTaskGroup { group in
                for try await stream in streams.inbound {
                    group.addTask { await handleHTTP(asyncChannel: stream, logger: logger) }
                }
            }
        }
    }
}
