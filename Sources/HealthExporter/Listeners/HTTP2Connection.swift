import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

extension MainChannel {
    /// How much of HTTP/2 one connection gets.
    private enum StreamLimits {
        /// A browser opens a few, a scraper one.
        static let concurrentStreams = 32
        /// Resets and errors of streams within 30 s; more are an attack (CVE-2023-44487).
        static let resets = 100
        /// Frames that are only answered, not used, and wait to be sent.
        static let bufferedControlFrames = 100
    }

    /// Adds the handlers of HTTP/2, on the connection's event loop; each stream gets those of a request.
    func http2(
        on channel: any Channel,
        _ clock: ConnectionClock,
        verifiedBy: ServerTLS.ClientRules?
    ) throws -> Streams {
        clock.multiplexes()
        let bound = NIOLoopBound(clock, eventLoop: channel.eventLoop)
        let management = NIOHTTP2ServerConnectionManagementHandler.Configuration(
            // Its clock would begin with the handshake, which is over; the connection's own ends it.
            maxIdleTime: nil,
            maxAge: nil,
            maxGraceTime: ConnectionDeadlines.quiescing.answer,
            keepalive: nil
        )
        return try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server,
            connectionManagerConfiguration: management,
            http2HandlerConfiguration: Self.http2Configuration
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try addStreamHandlers(to: stream, bound.value, verifiedBy: verifiedBy)
                return try RequestChannel(
                    wrappingChannelSynchronously: stream,
                    configuration: .init(isOutboundHalfClosureEnabled: true)
                )
            }
        }
    }

    private func addStreamHandlers(
        to stream: any Channel,
        _ clock: ConnectionClock,
        verifiedBy: ServerTLS.ClientRules?
    ) throws {
        let sync = stream.pipeline.syncOperations
        try sync.addHandler(HTTP2FramePayloadToHTTPServerCodec())
        try sync.addHandler(
            StreamGate(stream: stream, clock: clock, counts: routes.counts, maximumBody: EndpointResponder.maximumBody)
        )
        try addRequestHandlers(to: stream, verifiedBy: verifiedBy, isStream: true)
    }

    private static var http2Configuration: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: StreamLimits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: maximumHead),
        ]
        configuration.connection.maximumBufferedControlFrames = StreamLimits.bufferedControlFrames
        configuration.stream.streamResetFrameRateLimit.maximumCount = StreamLimits.resets
        configuration.stream.streamErrorRateLimit.maximumCount = StreamLimits.resets
        return configuration
    }
}
