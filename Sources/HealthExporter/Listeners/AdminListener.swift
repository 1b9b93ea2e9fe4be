import HealthChecks
import HealthCore
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Platform
import ServiceLifecycle
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Serves every endpoint on a Unix socket that only this user may open: whoever can is an administrator.
///
/// When it can't be opened, that is logged, and the exporter runs without it.
struct AdminListener: Service {
    /// What answers requests.
    let routes: EndpointResponder
    /// Where it is.
    let socket: AdminSocketPath
    /// The places of its connections.
    let places: ConnectionPlaces
    /// The event loops of its connections.
    let group: any EventLoopGroup
    /// For what goes wrong with the socket.
    let logger: Logger
    /// For the lines of libraries.
    let libraryLogger: Logger

    /// The socket that this listener put in its place, and so may remove.
    private final class Placement: Sendable {
        let file = Mutex<FileStatus?>(nil)
    }

    /// Commands on this machine, and those of a few people.
    static let maximumConnections = 32
    private static let mode = 0o600
    /// The socket's name before it is moved into place; short, since a path has at most 107 bytes.
    private static let fileName = "s"

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
            // A service that returns would end the others. Cancelled when they end.
            try? await gracefulShutdown()
        }
    }

    /// Removes a socket that nobody listens on any more; any other file is left alone.
    private func removeStaleSocket() async throws {
        guard let file = try AdminSocketPath.file(at: socket.path) else { return }
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
        let path = "\(nursery)/\(Self.fileName)"
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
        let routes = routes.serving(.adminSocket)
        let (readers, placement) = (PageReaderPlaces(), Placement())
        let application = Application(
            responder: routes,
            server: HTTPServerBuilder { [places] responder in
                MainChannel(responder: responder, routes: routes, places: places, readers: readers)
            },
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: path),
                backlog: ListenerBacklog.size
            ),
            onServerRunning: { _ in moveIntoPlace(from: nursery, placement) },
            eventLoopGroupProvider: .shared(group),
            logger: libraryLogger
        )
        try await application.run()
        // Another file at the path is another exporter's.
        if let file = placement.file.withLock({ $0 }), let there = try? AdminSocketPath.file(at: socket.path),
            there == file
        {
            try? files.removeItem(atPath: socket.path)
        }
    }

    /// Moves the socket to its path, where clients find it; a failure is logged.
    private func moveIntoPlace(from nursery: String, _ placement: Placement) {
        let (files, path) = (FileManager.default, "\(nursery)/\(Self.fileName)")
        do {
            try files.setAttributes([.posixPermissions: Self.mode], ofItemAtPath: path)
            let file = try AdminSocketPath.file(at: path)
            try files.moveItem(atPath: path, toPath: socket.path)
            placement.file.withLock { $0 = file }
            try files.removeItem(atPath: nursery)
        } catch {
            logger.warning(
                "The admin socket could not be put in its place.",
                metadata: [
                    "event": "exporter.admin_socket", "path": .string(socket.path),
                    "error": .string("\(error)"),
                ]
            )
        }
    }
}
