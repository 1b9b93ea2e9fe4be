import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Serves everything: Hummingbird with our own routes and limits.
struct MainListener: Service {
    let routes: MainRoutes
    let address: ExporterConfiguration.Address
    let group: any EventLoopGroup
    let logger: Logger
    let onBound: @Sendable (SocketAddress?) -> Void

    /// Scrapers, people and a few more; others wait in the backlog.
    private static let maximumConnections = 1024
    private static let idleTimeout = TimeAmount.seconds(75)

    func run() async throws {
        let server = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [RequestLimits()],
                idleTimeout: Self.idleTimeout,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024,
                    maxHeaderListSize: 32 * 1024,
                    maxHeaderFieldCount: 100
                )
            )
        )
        let application = Application(
            responder: routes,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                backlog: 256,
                availableConnectionsDelegate: .maximum(Self.maximumConnections, logger: logger)
            ),
            onServerRunning: { [onBound] in onBound($0.localAddress) },
            eventLoopGroupProvider: .shared(group),
            logger: logger
        )
        try await application.run()
    }
}
