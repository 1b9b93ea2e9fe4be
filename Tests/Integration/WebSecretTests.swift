import Foundation
import Testing

/// What `web.config_file` holds that nobody may see: passwords, their hashes, and keys.
@Suite(.startsProcesses, .enabled(if: Tool.curl.isAvailable, "curl is not installed"))
struct WebSecretTests {
    private static let hash = WebConfigurationTests.hash
    private static let wrongPassword = "canary51ce7"

    /// With TLS of its own and a user on both listeners.
    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.writeServerCertificate()
        let tls = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
        _ = try folder.write("web.yaml", tls + "basic_auth_users: {ada: \(hash)}\n")
        _ = try folder.write("probe.yaml", tls)
        return folder
    }

    private static func ask(_ url: String, _ user: String?, _ options: String...) async throws -> String {
        let arguments = ["--silent", "--include", "--max-time", "20", "--cacert", Faults.authority]
        let credentials = user.map { ["--user", $0] } ?? []
        return try await Command.run(Tool.curl.rawValue, arguments + credentials + options + [url]).output
    }

    /// The hash, its two halves, passwords as they are sent, and the secret part of the key.
    private static func secrets(_ folder: TemporaryFolder) throws -> [String] {
        let key = try String(contentsOf: folder.url.appending(path: "server.key"), encoding: .utf8)
        let middle = try #require(key.split(separator: "\n").dropFirst().first.map(String.init))
        let sent = ["ada:secret", "ada:\(wrongPassword)"].map { Data($0.utf8).base64EncodedString() }
        return [hash, String(hash.dropFirst(7).prefix(22)), String(hash.suffix(31)), middle, wrongPassword] + sent
    }

    @Test func noneOfItIsShown() async throws {
        let folder = try Self.folder()
        let web = "web: {config_file: \(folder.url.path)/web.yaml, probe_config_file: \(folder.url.path)/probe.yaml}\n"
        let rest = "logs: {level: trace}\ncomponents: {host: {checks: {disk: {kind: disk, path: /}}}}\n"
        let exporter = try RunningExporter(configuration: web + rest)
        try await exporter.waitUntilStarted()
        let main = "https://localhost:\(exporter.port)"
        var pages: [(String, String)] = []
        let paths = [
            "/", "/metrics", "/health", "/health/detailed", "/api/v1/components", "/api/v1/components/host",
            "/readyz?verbose", "/x",
        ]
        for user in ["ada:secret", "ada:\(Self.wrongPassword)", nil] {
            for path in paths {
                pages.append(("\(path) as \(user ?? "nobody")", try await Self.ask(main + path, user)))
            }
        }
        #expect(pages[1].1.hasPrefix("HTTP/2 200") && pages[9].1.hasPrefix("HTTP/2 401"), "\(pages[1]) \(pages[9])")
        pages.append(("probe", try await Self.ask("https://localhost:\(exporter.probePort)/readyz?verbose", nil)))
        // Errors: of a user, of a hash that is cut, and of a pair of certificate and key that is none.
        let broken = [
            ("web.yaml", "basic_auth_users: {ada: \(Self.hash), bob: \(Self.hash.dropLast())}\n"),
            ("web.yaml", "basic_auth_users: {ada: \(Self.hash)}\n\(Self.hash): {}\n"),
            ("probe.yaml", "tls_server_config: {cert_file: server.key, key_file: server.key}\n"),
        ]
        for (name, text) in broken {
            let good = try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
            _ = try folder.write(name, text)
            let answer = try await Self.ask(main + "/-/reload", "ada:secret", "--request", "POST")
            #expect(answer.contains("HTTP/2 4") && !answer.contains("HTTP/2 403"), "\(text): \(answer)")
            pages.append((text, answer))
            let path = "\(folder.url.path)/\(name)"
            let checked = try await Command.run(
                try Product.exporter.path,
                "check-config",
                "--web.config.file=\(path)",
                try folder.write("health.yaml", rest)
            )
            pages.append(("check-config \(text)", checked.output + checked.errors))
            _ = try folder.write(name, good)
        }
        let status = try await Command.run(
            try Product.exporter.path,
            "status",
            "host",
            "--socket",
            exporter.adminSocket
        )
        pages += [("status", status.output + status.errors), ("log", try exporter.log)]
        for (place, page) in pages {
            for secret in try Self.secrets(folder) {
                #expect(!page.contains(secret), "\(place): \(secret): \(page)")
            }
        }
    }
}
