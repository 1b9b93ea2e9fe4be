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
            try sync.addHandler(ConnectionHandler(clock: clock))
            // Pipelined requests wait for the answer before them; a graceful shutdown ends connections between requests.
            try sync.configureHTTPServerPipeline(
                withPipeliningAssistance: true,
                withErrorHandling: false,
                withOutboundHeaderValidation: true,
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: RequestGate.headLimits(field: 16 * 1024, list: 32 * 1024)
            )
            let maximumBody = MainRoutes.maximumBody
            try sync.addHandler(RequestGate(clock: clock, counts: routes.counts, maximumBody: maximumBody))
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
