import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A connection of the main listener: the budget and the deadlines, the codec, the gate, the pages, and behind them Hummingbird.
struct MainChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: HTTPChannelHandler.Responder
    let routes: MainRoutes
    let places: ConnectionPlaces
    let readers: PageReaderPlaces

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let sync = channel.pipeline.syncOperations
            let clock = ConnectionClock(channel: channel, places: places, deadlines: .main)
            let limits = RequestGate.Limits(field: 16 * 1024, head: 32 * 1024, body: MainRoutes.maximumBody)
            try sync.addRequestGate(clock: clock, counts: routes.counts, limits: limits)
            try sync.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try sync.addHandler(PageHandler(routes: routes, readers: readers))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
