import Foundation
import Synchronization
import Testing

/// Asks one after the other until it is ended.
private final class OneAfterTheOther: Sendable {
    private let isOver = Atomic(false)

    func end() { isOver.store(true, ordering: .relaxed) }

    func run(_ ask: @Sendable () async throws -> String) async throws -> [String] {
        var answers: [String] = []
        while !isOver.load(ordering: .relaxed) { answers.append(try await ask()) }
        return answers
    }
}

/// TLS, client certificates, users and HTTP/2 on the listeners of a real process, asked by curl and scraped by Prometheus.
@Suite(.startsProcesses, .enabled(if: Tool.curl.isAvailable, "curl is not installed"))
struct WebConfigurationTests {
    /// What `htpasswd -nbBC 4 "" secret` prints.
    static let hash = "$2y$04$NSuBxba8ZpTe2aLRFQI.R.TQ9DW9ymDdsWEbasP8aztgQEWAlhDcW"
    private static let tls = "cert_file: server.pem, key_file: server.key"
    private static let clients = "client_auth_type: RequireAndVerifyClientCert, client_ca_file: \(Faults.authority)"

    private static func certificate(_ name: String) -> String {
        Faults.folder.appending(path: "certificates/\(name)").path
    }

    /// A folder with a web configuration, and beside it a certificate with its key.
    private static func folder(_ web: String, certificate name: String = "good") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        _ = try folder.write("web.yaml", web)
        try folder.writeServerCertificate(name)
        return folder
    }

    private static func started(
        _ folder: TemporaryFolder,
        web: String = "",
        arguments: [String] = []
    ) async throws -> RunningExporter {
        let text = """
            web: {config_file: \(folder.url.path)/web.yaml\(web)}
            components: {host: {checks: {disk: {kind: disk, path: /, interval: 1s, timeout: 500ms}}}}

            """
        let exporter = try RunningExporter(configuration: text, arguments: arguments)
        try await exporter.waitUntilStarted()
        return exporter
    }

    /// The status code and the version of HTTP of an answer; `000` without one.
    private static func ask(
        _ port: Int,
        _ path: String,
        _ options: [String],
        scheme: String = "https"
    ) async throws -> String {
        let arguments = ["--silent", "--max-time", "20", "--cacert", Faults.authority, "--output", "/dev/null"]
        let url = "\(scheme)://localhost:\(port)\(path)"
        let format = ["--write-out", "%{http_code} %{http_version}", url]
        return try await Command.run(Tool.curl.rawValue, arguments + options + format).output
    }

    private static let user = ["--user", "ada:secret"]
    private static let client = ["--cert", certificate("client.pem"), "--key", certificate("client.key")]
    private static let stranger = ["--cert", certificate("unknown-ca.pem"), "--key", certificate("unknown-ca.key")]

    /// What a web configuration lets in, and what not.
    private static let combinations: [(web: String, path: String, options: [String], answer: String)] = {
        let users = "basic_auth_users: {ada: \(hash)}\n"
        let (plain, both) = ("tls_server_config: {\(tls)}\n", "tls_server_config: {\(tls), \(clients)}\n")
        return [
            (plain, "/metrics", [], "200 2"), (plain, "/metrics", ["--http1.1"], "200 1.1"),
            (plain, "/-/reload", ["-XPOST"], "403 2"),
            (plain + "http_server_config: {http2: false}\n", "/metrics", [], "200 1.1"),
            (plain + users, "/metrics", [], "401 2"), (plain + users, "/metrics", user, "200 2"),
            (plain + users, "/metrics", ["--http1.1"] + user, "200 1.1"),
            (plain + users, "/metrics", ["--user", "ada:x"], "401 2"),
            (plain + users, "/livez", [], "200 2"), (plain + users, "/-/reload", ["-XPOST"] + user, "200 2"),
            (plain + users, "/-/reload", ["-XPOST", "--http1.1"] + user, "200 1.1"),
            (plain + users, "/-/reload", ["-XPOST"], "401 2"),
            (plain + users, "/-/reload", ["-XPOST", "-HOrigin: https://elsewhere.example"] + user, "403 2"),
            (both, "/metrics", [], "000 0"), (both, "/metrics", client, "200 2"), (both, "/metrics", stranger, "000 0"),
            (both, "/-/reload", ["-XPOST", "--http1.1"] + client, "200 1.1"),
            (both + users, "/metrics", client, "401 2"),
            (both + users, "/metrics", client + user, "200 2"),
            (both.replacing("}", with: ", client_allowed_sans: [nobody]}"), "/metrics", client, "000 0"),
            (plain.replacing("}", with: ", min_version: TLS13}"), "/metrics", ["--tls-max", "1.2"], "000 0"),
            (plain.replacing("}", with: ", max_version: TLS12}"), "/metrics", ["--tlsv1.3"], "000 0"),
            (plain.replacing("}", with: ", max_version: TLS12}"), "/metrics", [], "200 2"),
        ]
    }()

    @Test func everyCombinationIsLetInOrRefused() async throws {
        for web in Set(Self.combinations.map(\.web)).sorted() {
            let folder = try Self.folder(web)
            // A reload reads it again.
            defer { withExtendedLifetime(folder) {} }
            let exporter = try await Self.started(folder)
            for (_, path, options, expected) in Self.combinations.filter({ $0.web == web }) {
                let answer = try await Self.ask(exporter.port, path, options)
                #expect(answer == expected, "\(web) \(path) \(options)")
            }
            // Plain HTTP is told what is wrong, and the probe listener stays as it is.
            #expect(try await Self.ask(exporter.port, "/metrics", [], scheme: "http") == "400 1.1")
            #expect(try exporter.probe("/livez").status == 200)
        }
    }

    @Test(.enabled(if: Tool.prometheus.isAvailable, "prometheus is not installed"))
    func aRealPrometheusScrapesWithCertificateAndPassword() async throws {
        let web = "tls_server_config: {\(Self.tls), \(Self.clients)}\nbasic_auth_users: {prometheus: \(Self.hash)}\n"
        let folder = try Self.folder(web)
        let (exporter, port) = (try await Self.started(folder), try FreePort.next())
        let job = { (name: String, password: String, certificate: String) in
            """
              - job_name: \(name)
                scheme: https
                basic_auth: {username: prometheus, password: \(password)}
                tls_config:
                  ca_file: \(Faults.authority)
                  cert_file: \(Self.certificate("\(certificate).pem"))
                  key_file: \(Self.certificate("\(certificate).key"))
                static_configs: [{targets: ["localhost:\(exporter.port)"]}]
            """
        }
        let jobs = [
            job("right", "secret", "client"), job("wrong-password", "x", "client"),
            job("wrong-certificate", "secret", "unknown-ca"),
        ]
        let configuration = try folder.write(
            "prometheus.yml",
            "global: {scrape_interval: 1s}\nscrape_configs:\n" + jobs.joined(separator: "\n") + "\n"
        )
        let prometheus = try RunningServer(
            .prometheus,
            [
                "--config.file=\(configuration)", "--storage.tsdb.path=\(folder.url.path)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ]
        )
        defer { prometheus.stop() }
        func value(_ query: String) throws -> String? {
            let encoded = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let data = (try? HTTP.get(port, "/api/v1/query?query=\(encoded)"))?.json["data"] as? [String: Any]
            let first = (data?["result"] as? [[String: Any]])?.first
            return (first?["value"] as? [Any])?.last as? String
        }
        try await eventually("up by certificate and password", within: 60) { try value("up{job=\"right\"}") == "1" }
        try await eventually("the others are down", within: 30) {
            try value("up{job=\"wrong-password\"}") == "0" && value("up{job=\"wrong-certificate\"}") == "0"
        }
    }

    /// Connections of four scrapers, one after the other, while the certificate changes, is broken, and changes again.
    @Test func aCertificateIsRotatedWithoutAFailedScrape() async throws {
        let folder = try Self.folder("tls_server_config: {\(Self.tls)}\n")
        let exporter = try await Self.started(folder, arguments: [])
        func serial() async throws -> String {
            let arguments = ["s_client", "-connect", "localhost:\(exporter.port)"]
            let pem = try await Command.run("/usr/bin/openssl", arguments, input: Data()).output
            return try await Command.run("/usr/bin/openssl", "x509", "-noout", "-serial", input: Data(pem.utf8)).output
        }
        let (scrapes, port) = (OneAfterTheOther(), exporter.port)
        async let answers = withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                group.addTask { try await scrapes.run { try await Self.ask(port, "/metrics", ["--insecure"]) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let first = try await serial()
        try folder.writeServerCertificate("wrong-host")
        try await eventually("another certificate", within: 30) { try await serial() != first }
        let second = try await serial()
        // Half a pair is refused, and the old one goes on.
        _ = try folder.write("server.pem", "-----BEGIN")
        try await eventually("a refused reload", within: 30) { try !exporter.events("config.reload_failed").isEmpty }
        #expect(try await serial() == second)
        try folder.writeServerCertificate()
        try await eventually("the first one", within: 30) { try await serial() == first }
        scrapes.end()
        let all = try await answers
        #expect(all.count >= 20 && Set(all) == ["200 2"], "\(all)")
    }

    /// As `web.probe_config_file` says: a kubelet with `scheme: HTTPS` does not verify.
    @Test func probesMayHaveTLSToo() async throws {
        let folder = try Self.folder("{}")
        _ = try folder.write("probe.yaml", "tls_server_config: {\(Self.tls)}\n")
        let exporter = try await Self.started(folder, web: ", probe_config_file: \(folder.url.path)/probe.yaml")
        #expect(try await Self.ask(exporter.probePort, "/readyz", ["--http1.1"]) == "200 1.1")
        #expect(try await Self.ask(exporter.probePort, "/readyz", [], scheme: "http") == "400 1.1")
        #expect(try exporter.get("/metrics").status == 200)
    }

    @Test func theOptionsOfExportersWork() async throws {
        let folder = try Self.folder("basic_auth_users: {ada: \(Self.hash)}\n")
        let configuration = try folder.write(
            "health.yaml",
            "components: {host: {checks: {disk: {kind: disk, path: /}}}}\n"
        )
        let exporter = try RunningExporter(arguments: [
            "--config.file=\(configuration)", "--web.config.file=\(folder.url.path)/web.yaml",
            "--web.listen-address=127.0.0.1:0",
            "--log.level=info", "--log.format=json",
        ])
        try await exporter.waitUntilStarted()
        let started = try #require(try exporter.events("exporter.started").first)
        let addresses = try #require(started["listen"] as? String).split(separator: ",")
        #expect(addresses.count == 2)
        for address in addresses {
            let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
            #expect(try HTTP.get(port, "/metrics").status == 401)
        }
    }
}
