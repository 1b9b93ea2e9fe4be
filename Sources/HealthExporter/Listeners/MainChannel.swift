import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A connection of the main listener: the budget and the deadlines, the codec, the gate, the pages, and behind them Hummingbird.
struct MainChannel: HTTPChannelHandler {
    /// What Hummingbird reads requests from and writes answers to.
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// Hummingbird's part, for what needs a task.
    let responder: HTTPChannelHandler.Responder
    /// What answers reads.
    let routes: EndpointResponder
    /// The places of its listener's connections.
    let places: ConnectionPlaces
    /// Who reads a large page.
    let readers: PageReaderPlaces

    /// Adds all handlers to a new connection.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try addHandlers(to: channel)
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    /// Adds the handlers in front of Hummingbird's, on the connection's event loop.
    func addHandlers(to channel: any Channel) throws {
        let sync = channel.pipeline.syncOperations
        let clock = ConnectionClock(channel: channel, places: places, deadlines: .main)
        let limits = RequestGate.Limits(field: 16 * 1024, head: 32 * 1024, body: EndpointResponder.maximumBody)
        try sync.addRequestGate(clock: clock, counts: routes.counts, limits: limits)
        try sync.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try sync.addHandler(PageHandler(routes: routes, readers: readers))
    }

    /// Serves the requests of a connection that were passed on.
    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
