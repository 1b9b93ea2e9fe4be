import Foundation
import Testing

/// Checks that go through a real proxy, Squid, which wants a password and lets nobody at what the policy refuses.
@Suite(.startsProcesses)
struct ProxyTests {
    /// Squid on two ports, one of them with TLS.
    private final class Squid {
        let (port, encryptedPort): (Int, Int)
        private let folder: TemporaryFolder
        private let server: RunningServer

        init() async throws {
            folder = try TemporaryFolder()
            let folder = folder.url.path
            // Started by root, Squid writes its logs as a user of its own.
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
            for (name, copy) in [("good.pem", "server.pem"), ("good.key", "server.key")] {
                let original = Faults.folder.appending(path: "certificates/\(name)").path
                try FileManager.default.copyItem(atPath: original, toPath: "\(folder)/\(copy)")
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder)/\(copy)")
            }
            let hash = try await Command.run("/usr/bin/openssl", "passwd", "-apr1", "hunter2")
            try Data("monitor:\(hash.output)".utf8).write(to: URL(filePath: "\(folder)/passwords"))
            (port, encryptedPort) = (try FreePort.next(), try FreePort.next())
            let settings = """
                http_port 127.0.0.1:\(port)
                https_port 127.0.0.1:\(encryptedPort) tls-cert=\(folder)/server.pem tls-key=\(folder)/server.key
                pid_filename none
                cache_log \(folder)/cache.log
                access_log stdio:\(folder)/access.log
                cache deny all
                pinger_enable off
                visible_hostname test
                shutdown_lifetime 0 seconds
                coredump_dir \(folder)
                auth_param basic program /usr/lib/squid/basic_ncsa_auth \(folder)/passwords
                auth_param basic children 1
                acl known proxy_auth REQUIRED
                acl forbidden dst 192.0.2.0/24
                http_access deny !known
                http_access deny forbidden
                http_access allow known

                """
            try Data(settings.utf8).write(to: URL(filePath: "\(folder)/squid.conf"))
            server = try RunningServer(.squid, ["-N", "-f", "\(folder)/squid.conf"])
            let ports = [port, encryptedPort]
            try await eventually("squid", within: 30) {
                ports.allSatisfy { port in (try? Loopback.connect(port)).map { close($0) } != nil }
            }
        }

        /// What was asked of it, such as `CONNECT 127.0.0.1:80 monitor`, with the status that it answered.
        var requests: [String] {
            get throws {
                let log = try String(contentsOfFile: folder.url.appending(path: "access.log").path, encoding: .utf8)
                return log.split(separator: "\n").compactMap { line in
                    let words = line.split(separator: " ")
                    guard words.count > 7, let status = words[3].split(separator: "/").last else { return nil }
                    return "\(words[5]) \(words[6]) \(words[7]) \(status)"
                }
            }
        }
    }

    @Test(.enabled(if: Tool.squid.isAvailable, "squid is not installed"))
    func checksGoThroughSquid() async throws {
        let (squid, faults) = (try await Squid(), try await Faults())
        let refused = try ListeningSocket(acceptsConnections: false)
        func port(_ fault: String) throws -> Int { try #require(faults.ports[fault]) }
        let proxy = "proxy: {url: 'http://127.0.0.1:\(squid.port)', username: monitor, password: hunter2}"
        // Debian's Squid sends its own certificate and none above it.
        let own = "tls: {ca: \(Faults.folder.appending(path: "certificates/good.pem").path)}"
        let encrypted =
            "proxy: {url: 'https://localhost:\(squid.encryptedPort)', username: monitor, password: hunter2, \(own)}"
        // Another user: Squid forgets a right password when a wrong one of the same user comes meanwhile.
        let wrong = proxy.replacing("monitor", with: "stranger").replacing("hunter2", with: "wrong")
        let tls = "tls: {ca: \(Faults.authority)}"
        let (plain, good) = (try port("http-ok"), try port("tls-good"))
        let seen = try await Once.run([
            "plain": "kind: http, url: 'http://127.0.0.1:\(plain)/', \(proxy)",
            "https": "kind: http, url: 'https://localhost:\(good)/', \(tls), \(proxy)",
            "twice": "kind: http, url: 'https://localhost:\(good)/', \(tls), \(encrypted)",
            "tcp": "kind: tcp, address: '127.0.0.1:\(plain)', \(encrypted)",
            "certificate": "kind: tls, address: 'localhost:\(good)', \(tls), \(proxy)",
            "expired": "kind: tls, address: 'localhost:\(try port("tls-expired"))', \(tls), \(proxy)",
            "wrong": "kind: tcp, address: '127.0.0.1:\(plain)', \(wrong)",
            "nobody": "kind: tcp, address: '127.0.0.1:\(plain)', proxy: {url: 'http://127.0.0.1:\(squid.port)'}",
            "refused": "kind: tcp, address: '127.0.0.1:\(refused.port)', \(proxy)",
            "forbidden": "kind: tcp, address: '192.0.2.1:80', \(proxy)",
            "metadata": "kind: http, url: 'http://169.254.169.254/latest/meta-data/', \(proxy)",
            "untrusted": "kind: tcp, address: '127.0.0.1:\(plain)', \(encrypted.replacing(", \(own)", with: ""))",
            "plain-to-tls":
                "kind: tcp, address: '127.0.0.1:\(plain)', proxy: {url: 'http://127.0.0.1:\(squid.encryptedPort)'}",
            "exempt":
                "kind: tcp, address: '127.0.0.1:\(plain)', proxy: {url: 'http://127.0.0.1:1', no_proxy: 127.0.0.0/8}",
        ])
        #expect(
            seen.mapValues(\.said) == [
                "plain": "success", "https": "success", "twice": "success", "tcp": "success", "certificate": "success",
                "expired": "tls_expired", "wrong": "authentication", "nobody": "authentication",
                "refused": "unexpected_status", "forbidden": "unexpected_status", "metadata": "blocked",
                "untrusted": "tls_untrusted", "plain-to-tls": seen["plain-to-tls"]?.said ?? "", "exempt": "success",
            ]
        )
        #expect(["protocol_error", "closed_early", "connection_reset"].contains(seen["plain-to-tls"]?.said))
        let name = "proxy 127.0.0.1:\(squid.port)"
        #expect(seen["refused"]?.message == "127.0.0.1:\(refused.port): \(name): it answered CONNECT with status 503")
        #expect(seen["wrong"]?.message.contains("\(name): it wants another user or password") == true)
        #expect(seen["untrusted"]?.message.contains("proxy localhost:\(squid.encryptedPort): ") == true)
        for (check, seen) in seen { #expect(!seen.message.contains("hunter2"), "\(check)") }
        // It writes them when a tunnel ends.
        for target in ["127.0.0.1:\(plain)", "localhost:\(good)"] {
            try await eventually(target) { try squid.requests.contains("CONNECT \(target) monitor 200") }
        }
        #expect(try !squid.requests.contains { $0.contains("169.254") })
        #expect(seen["twice"]?.phases["connect"] ?? 0 > 0 && seen["twice"]?.phases["tls"] ?? 0 > 0)
    }

    @Test(.enabled(if: Tool.squid.isAvailable, "squid is not installed"))
    func theEnvironmentCountsWhereItIsAskedFor() async throws {
        let (squid, faults) = (try await Squid(), try await Faults())
        let port = try #require(faults.ports["http-ok"])
        let asked = "proxy: {from_environment: true, username: monitor, password: hunter2}"
        let seen = try await Once.run(
            [
                "asked": "kind: http, url: 'http://127.0.0.1:\(port)/', \(asked)",
                "unasked": "kind: http, url: 'http://127.0.0.1:\(port)/'",
            ],
            environment: ["HTTP_PROXY": "http://127.0.0.1:\(squid.port)", "HTTPS_PROXY": "", "NO_PROXY": "localhost"]
        )
        #expect(seen.mapValues(\.said) == ["asked": "success", "unasked": "success"])
        let tunnel = "CONNECT 127.0.0.1:\(port) monitor 200"
        try await eventually("a tunnel") { try squid.requests.contains(tunnel) }
        #expect(try squid.requests.filter { $0.hasPrefix("CONNECT ") } == [tunnel])
    }
}
