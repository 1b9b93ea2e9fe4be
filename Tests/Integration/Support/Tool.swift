import Foundation
import Testing

/// A program of the system that a test needs.
///
/// Without it the test is skipped by name, unless skipping is forbidden.
enum Tool: String, CaseIterable {
    case nginx = "/usr/sbin/nginx"
    case prometheus = "/usr/bin/prometheus"
    case promtool = "/usr/bin/promtool"
    case alertmanager = "/usr/bin/prometheus-alertmanager"
    case amtool = "/usr/bin/amtool"
    case systemdAnalyze = "/usr/bin/systemd-analyze"
    case python = "/usr/bin/python3"
    case redis = "/usr/bin/redis-server"
    case redisClient = "/usr/bin/redis-cli"
    case plugins = "/usr/lib/nagios/plugins/check_dummy"
    case curl = "/usr/bin/curl"
    case squid = "/usr/sbin/squid"
    case unshare = "/usr/bin/unshare"

    /// Whether it is there; always true where skipping is forbidden, so that the test runs and fails instead.
    var isAvailable: Bool {
        FileManager.default.isExecutableFile(atPath: rawValue) || Self.mayNotSkip
    }

    /// Where what is missing has to fail.
    static var mayNotSkip: Bool { ProcessInfo.processInfo.environment["FORBID_SKIPPING"] == "1" }
}

/// A Python with the Prometheus client, whose parsers are the reference for both formats.
enum PrometheusClient {
    static var isAvailable: Bool {
        get async {
            if ProcessInfo.processInfo.environment["FORBID_SKIPPING"] == "1" { return true }
            return (try? await Command.run(Tool.python.rawValue, "-c", "import prometheus_client"))?.status == 0
        }
    }
}

/// A folder that is gone with the test.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "health-exporter-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Data(text.utf8))
    }

    func write(_ name: String, _ data: Data) throws -> String {
        let file = url.appending(path: name)
        try data.write(to: file)
        return file.path
    }

    /// Writes one of the tests' certificates as `server.pem` and `server.key`, which only its owner may read.
    func writeServerCertificate(_ name: String = "good") throws {
        for kind in ["pem", "key"] {
            let certificate = Faults.folder.appending(path: "certificates/\(name).\(kind)")
            let path = try write("server.\(kind)", try Data(contentsOf: certificate))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
    }
}

/// Ports on which nobody listens: below the range from which the kernel gives ports to those that ask for any, so that nobody else comes
/// to use them before a server that is to listen there.
enum FreePort {
    static func next() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 10_000..<20_000)
            if (try? ListeningSocket(acceptsConnections: true, port: port)) != nil { return port }
        }
        throw POSIXError(.EADDRINUSE)
    }
}
