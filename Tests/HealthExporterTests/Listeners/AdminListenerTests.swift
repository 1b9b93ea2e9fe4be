import Foundation
import HealthCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import HealthExporter

/// The admin socket in its place, and what is found there.
@Suite(.timeLimit(.minutes(5))) struct AdminListenerTests {
    /// A folder with a short name: a socket's path has at most 107 bytes.
    private final class Folder {
        let url = URL(filePath: "/tmp/admin-\(UUID().uuidString.prefix(8))")

        init() throws {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        }

        deinit {
            try? FileManager.default.removeItem(at: url)
        }

        var socket: String { url.appending(path: "s.sock").path }

        var exists: Bool { FileManager.default.fileExists(atPath: socket) }
    }

    private static func listener(_ path: String, _ logs: LogRecorder) throws -> AdminListener {
        AdminListener(
            routes: try EndpointStage().exporter.responder,
            socket: AdminSocketPath(path),
            places: ConnectionPlaces(listener: "admin", capacity: 32),
            group: MultiThreadedEventLoopGroup.singleton,
            logger: logs.logger(),
            libraryLogger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Runs a listener until `body` has returned.
    private static func running(
        _ path: String,
        logs: LogRecorder = LogRecorder(),
        _ body: () async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = try listener(path, logs)
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static func eventually(_ condition: () -> Bool) async {
        while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
    }

    /// Whether somebody listens on a path.
    private static func accepts(_ path: String) async -> Bool {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        guard let channel = try? await bootstrap.connect(unixDomainSocketPath: path).get() else { return false }
        try? await channel.close()
        return true
    }

    /// A socket that somebody listens on, until it is closed.
    private static func bind(_ path: String) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(unixDomainSocketPath: path).get()
    }

    @Test func theSocketIsForItsUserAloneAndGoesWithTheListener() async throws {
        let folder = try Folder()
        try await Self.running(folder.socket) {
            await Self.eventually { folder.exists }
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.socket)
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o777 } == 0o600)
            #expect(await Self.accepts(folder.socket))
        }
        #expect(!folder.exists)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty, "nothing is left behind")
    }

    @Test func aSocketThatNobodyListensOnIsReplaced() async throws {
        let folder = try Folder()
        // Bound elsewhere and moved: closing it then leaves the file.
        let stale = try await Self.bind(folder.socket + ".old")
        try FileManager.default.moveItem(atPath: folder.socket + ".old", toPath: folder.socket)
        try await stale.close()
        #expect(folder.exists)
        let logs = LogRecorder()
        try await Self.running(folder.socket, logs: logs) {
            while await !Self.accepts(folder.socket) { try? await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(logs.lines(of: "exporter.admin_socket").isEmpty)
    }

    @Test func aSocketThatAnotherExporterListensOnIsLeftToIt() async throws {
        let (folder, logs) = (try Folder(), LogRecorder())
        let other = try await Self.bind(folder.socket)
        try await Self.running(folder.socket, logs: logs) {
            await Self.eventually { !logs.lines.isEmpty }
            #expect(await Self.accepts(folder.socket))
        }
        let line = try #require(logs.lines(of: "exporter.admin_socket").first)
        #expect(line.level == .warning && line["error"] == "another exporter listens on it")
        #expect(line["path"] == folder.socket && folder.exists)
        try await other.close()
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
        let (folder, logs) = (try Folder(), LogRecorder())
        try "precious".write(toFile: folder.socket, atomically: false, encoding: .utf8)
        try await Self.running(folder.socket, logs: logs) { await Self.eventually { !logs.lines.isEmpty } }
        #expect(logs.lines[0]["error"] == "there is a file at its path that is no socket; it is left alone")
        #expect(try String(contentsOfFile: folder.socket, encoding: .utf8) == "precious")
    }

    @Test func aPathThatIsTooLongIsNamedWithItsLength() async throws {
        let logs = LogRecorder()
        let path = "/tmp/" + String(repeating: "x", count: 120)
        try await Self.running(path, logs: logs) { await Self.eventually { !logs.lines.isEmpty } }
        let error = "its path has 125 bytes, and that of a Unix socket has at most \(AdminSocketPath.maximumLength)"
        #expect(logs.lines[0]["error"] == error)
    }

    @Test func theSocketOfAnotherOneStaysAtTheEnd() async throws {
        let folder = try Folder()
        var other: (any Channel)?
        try await Self.running(folder.socket) {
            await Self.eventually { folder.exists }
            try FileManager.default.moveItem(atPath: folder.socket, toPath: folder.socket + ".old")
            other = try await Self.bind(folder.socket)
        }
        #expect(folder.exists)
        try await other?.close()
    }

    @Test func aMissingDirectoryIsNoReasonToEnd() async throws {
        let logs = LogRecorder()
        try await Self.running("/tmp/none-\(UUID().uuidString)/s", logs: logs) {
            await Self.eventually { !logs.lines.isEmpty }
        }
        #expect(logs.events == ["exporter.admin_socket"])
    }
}
