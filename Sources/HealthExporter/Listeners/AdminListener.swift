import HealthChecks
import HealthCore
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Serves everything of the main listener on a Unix socket that only this user may open: who can is an administrator.
///
/// It is a convenience: whatever is wrong with its place is logged, and the exporter runs without it.
struct AdminListener: Service {
    let routes: MainRoutes
    let socket: AdminSocketPath
    let group: any EventLoopGroup
    let logger: Logger
    /// For what libraries say.
    let libraryLogger: Logger

    /// Our socket once it is in its place, and so ours to remove.
    private final class Placement: Sendable {
        let file = Mutex<SocketFile?>(nil)
    }

    private static let maximumConnections = 32
    private static let mode = 0o600

    func run() async throws {
        do {
            try socket.checkLength()
            try socket.prepareDirectory()
            try await removeStaleSocket()
            try await serve()
        } catch is CancellationError {
            return
        } catch {
            logger.warning(
                "There is no admin socket; the commands status, reload and drill will not find this exporter.",
                metadata: [
                    "event": "exporter.admin_socket", "path": .string(socket.path), "error": .string("\(error)"),
                ]
            )
            // Its end would end the others. Cancelled when they end.
            try? await gracefulShutdown()
        }
    }

    /// Removes a socket that nobody listens on any more; whatever else stands there is not ours.
    private func removeStaleSocket() async throws {
        guard let file = try SocketFile(at: socket.path) else { return }
        guard file.isSocket else {
            throw AdminSocketPath.Problem(
                description: "there is a file at its path that is no socket; it is left alone"
            )
        }
        do {
            let other = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: socket.path).get()
            // What follows does not depend on how that ends.
            try? await other.close()
        } catch let error as IOError where error.errnoCode == ECONNREFUSED {
            return try FileManager.default.removeItem(atPath: socket.path)
        } catch let error as IOError {
            let reason = NetworkReasons.text(errno: error.errnoCode)
            throw AdminSocketPath.Problem(
                description: "whether another exporter listens on it can't be told (\(reason)); remove it if none does"
            )
        }
        throw AdminSocketPath.Problem(description: "another exporter listens on it")
    }

    /// Binds in a directory that nobody else may enter, so that the socket is never open to others, not even at first.
    private func serve() async throws {
        let files = FileManager.default
        let nursery = "\(socket.directory)/.admin-\(getpid())"
        let path = "\(nursery)/s"
        try AdminSocketPath(path).checkLength()
        try? files.removeItem(atPath: nursery)
        try files.createDirectory(
            atPath: nursery,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer {
            // Left only when something above failed; nothing depends on it.
            try? files.removeItem(atPath: nursery)
        }
        let routes = routes.through(.adminSocket)
        let places = ConnectionPlaces(listener: "admin", capacity: Self.maximumConnections)
        let (readers, placement) = (PageReaderPlaces(), Placement())
        let application = Application(
            responder: routes,
            server: HTTPServerBuilder { responder in
                MainChannel(responder: responder, routes: routes, places: places, readers: readers)
            },
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), backlog: 32),
            onServerRunning: { [socket, logger] _ in
                do {
                    try FileManager.default.setAttributes([.posixPermissions: Self.mode], ofItemAtPath: path)
                    let file = try SocketFile(at: path)
                    try FileManager.default.moveItem(atPath: path, toPath: socket.path)
                    placement.file.withLock { $0 = file }
                    try FileManager.default.removeItem(atPath: nursery)
                } catch {
                    logger.warning(
                        "The admin socket could not be put in its place.",
                        metadata: [
                            "event": "exporter.admin_socket", "path": .string(socket.path),
                            "error": .string("\(error)"),
                        ]
                    )
                }
            },
            eventLoopGroupProvider: .shared(group),
            logger: libraryLogger
        )
        try await application.run()
        // What stands there otherwise is another exporter's. Ours is gone already when somebody took it away.
        if let file = placement.file.withLock({ $0 }), let there = try? SocketFile(at: socket.path), there == file {
            try? files.removeItem(atPath: socket.path)
        }
    }
}
