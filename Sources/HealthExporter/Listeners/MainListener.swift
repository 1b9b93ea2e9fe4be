import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Serves everything: our own routes and limits, with Hummingbird behind them.
struct MainListener: Service {
    /// What answers requests.
    let routes: EndpointResponder
    /// Where it listens; port 0 is any free one.
    let address: ListenAddress
    /// The places of its connections.
    let places: ConnectionPlaces
    /// Who reads a large page, at any of its addresses.
    let readers: PageReaderPlaces
    /// TLS and users.
    let protection: WebProtection
    /// The event loops of its connections.
    let group: any EventLoopGroup
    /// For the lines of libraries.
    let logger: Logger
    /// Called with its real address once it listens.
    let onBound: @Sendable (SocketAddress?) -> Void

    /// Scrapers, people and a few more.
    static let maximumConnections = 1024

    func run() async throws {
        let bound = Bound()
        do {
            try await application { bound.happened() }.run()
        } catch {
            guard !bound.hasHappened else { throw error }
            throw BindFailure(address: address, cause: error)
        }
    }

    /// Whether the listener was bound.
    private final class Bound: Sendable {
        private let state = Atomic(false)

        var hasHappened: Bool { state.load(ordering: .relaxed) }

        func happened() { state.store(true, ordering: .relaxed) }
    }

    private func application(_ bound: @escaping @Sendable () -> Void) -> some ApplicationProtocol {
        let server = HTTPServerBuilder { [routes, places, readers, protection] responder in
            MainChannel(
                responder: responder,
                routes: routes,
                places: places,
                readers: readers,
                protection: protection
            )
        }
        return Application(
            responder: routes,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                backlog: ListenerBacklog.size
            ),
            onServerRunning: { [onBound] channel in
                bound()
                onBound(channel.localAddress)
            },
            eventLoopGroupProvider: .shared(group),
            logger: logger
        )
    }
}
