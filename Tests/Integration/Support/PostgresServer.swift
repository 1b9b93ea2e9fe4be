import Foundation
import Testing

/// A PostgreSQL cluster of its own in a temporary folder.
final class PostgresServer {
    static let password = "canary-password"
    private static let versions = "/usr/lib/postgresql"

    /// Where Debian keeps the programs of the newest version; nil when it is not installed.
    private static var programs: String? {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []
        let newest = versions.max { ($0 as NSString).floatValue < ($1 as NSString).floatValue }
        return newest.map { "\(self.versions)/\($0)/bin" }
    }

    static var isAvailable: Bool {
        programs.map { FileManager.default.isExecutableFile(atPath: "\($0)/postgres") } ?? Tool.mayNotSkip
    }

    private let folder: TemporaryFolder
    private var process: RunningServer?
    let port: Int

    /// PostgreSQL refuses to run as root.
    private static func asUser(_ arguments: [String]) -> [String] {
        getuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + arguments : arguments
    }

    private static func program(_ name: String) throws -> String { "\(try #require(programs))/\(name)" }

    private var data: String { folder.url.appending(path: "data").path }

    /// A new cluster, or with `primary` a standby of that one.
    init(settings: [String: String] = [:], standbyOf primary: PostgresServer? = nil) async throws {
        folder = try TemporaryFolder()
        port = try FreePort.next()
        if getuid() == 0 { try await Self.require("/usr/bin/chown", ["postgres", folder.url.path]) }
        if let primary {
            let source = "host=127.0.0.1 port=\(primary.port) user=postgres password=\(Self.password)"
            let copy = [
                try Self.program("pg_basebackup"), "-D", data, "-d", source, "-R", "-X", "stream", "-c", "fast",
            ]
            try await Self.require(copy)
        } else {
            let file = try folder.write("password", Self.password)
            let make = [
                try Self.program("initdb"), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", file,
            ]
            try await Self.require(make + ["--no-sync"])
        }
        try await start(settings)
    }

    private static func require(_ arguments: [String]) async throws {
        let words = asUser(arguments)
        try await require(words[0], Array(words.dropFirst()))
    }

    private static func require(_ path: String, _ arguments: [String]) async throws {
        let result = try await Command.run(path, arguments)
        try #require(result.status == 0, "\(arguments): \(result.errors)")
    }

    func start(_ settings: [String: String] = [:]) async throws {
        var arguments = [try Self.program("postgres"), "-D", data, "-p", String(port), "-k", folder.url.path]
        arguments += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        for (name, value) in settings { arguments += ["-c", "\(name)=\(value)"] }
        let words = Self.asUser(arguments)
        process = try RunningServer(path: words[0], Array(words.dropFirst()))
        try await eventually("PostgreSQL") { try await query("SELECT 1", expectsSuccess: false) == "1" }
    }

    /// At once: what is asked is cut off.
    func stop() {
        process?.signal(SIGQUIT)
        process?.stop()
        process = nil
    }

    func signal(_ number: Int32) { process?.signal(number) }

    private static func environment(_ port: Int) -> [String: String] {
        ["PGPASSWORD": password, "PGHOST": "127.0.0.1", "PGPORT": String(port), "PGUSER": "postgres"]
    }

    /// What the server itself says, through its own client.
    @discardableResult
    func query(_ query: String, expectsSuccess: Bool = true) async throws -> String {
        let result = try await Command.run(
            try Self.program("psql"),
            ["-XAtq", "-d", "postgres", "-c", query],
            environment: Self.environment(port)
        )
        if expectsSuccess { try #require(result.status == 0, "\(result.errors)") }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A session that runs something and stays.
    func session(_ query: String) throws -> RunningServer {
        try RunningServer(
            path: try Self.program("psql"),
            ["-Xq", "-d", "postgres", "-c", query, "-c", "SELECT pg_sleep(600)"],
            environment: Self.environment(port)
        )
    }

    /// The keys of a check of this server.
    func keys(_ further: String = "", password: String = PostgresServer.password) -> String {
        let base = #"kind: postgres, url: "postgres://postgres@127.0.0.1:\#(port)/postgres", password: \#(password)"#
        return further.isEmpty ? base : "\(base), \(further)"
    }

    deinit {
        stop()
    }
}
