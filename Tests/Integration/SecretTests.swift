import Foundation
import Testing

/// Canaries in every secret of a configuration: none is seen again, whatever goes wrong.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct SecretTests {
    private static let canary = "canary7e1f"

    /// Keys that add a secret to a cell of the fault table, where it has none yet.
    private static func secrets(of kind: String, _ keys: String) -> String {
        switch kind {
        case "http", "https":
            let authorization =
                keys.contains("auth") || keys.contains("bearer") ? "" : ", bearer_token: \(canary)-bearer"
            let headers = keys.contains("headers:") ? "" : ", headers: {x-api-key: \(canary)-header}"
            return authorization + headers
        case "redis", "rediss": return ", password: \(canary)-redis"
        default: return ""
        }
    }

    @Test func noFailureShowsASecret() async throws {
        let (table, faults) = (try FaultTable(), try await Faults())
        let refused = try ListeningSocket(acceptsConnections: false)
        let folder = try TemporaryFolder()
        let file = try folder.write("secret", "\(Self.canary)-file\n")
        var checks: [String] = []
        for cell in table.cells {
            let port = try #require(cell.fault == "refused" ? refused.port : faults.ports[cell.fault])
            let check = try cell.check(port: port).replacing("password: x", with: "password: \(Self.canary)-postgres")
                .replacing("canary-token", with: "\(Self.canary)-token")
            checks.append(check + Self.secrets(of: cell.kind, cell.keys))
        }
        let echo = "http://127.0.0.1:\(try #require(faults.ports["http-echo"]))/"
        let proxy = echo.dropLast()
        checks += [
            #"kind: http, url: "\#(echo)", proxy: {url: "\#(proxy)", username: u, password: \#(Self.canary)-proxy}"#,
            #"kind: tcp, address: "192.0.2.1:1", proxy: {url: "\#(proxy)", username: u, password: "${file:\#(file)}"}"#,
            #"kind: http, url: "\#(echo)", oauth2: {token_url: "\#(echo)", client_id: i, client_secret: \#(Self.canary)-client}"#,
            #"kind: http, url: "\#(echo)", method: POST, body: \#(Self.canary)-body, expect_body: nothing"#,
            #"kind: http, url: "\#(echo)", basic_auth: {username: u, password: \#(Self.canary)-basic}, expect_header: {x: y}"#,
            #"kind: exec, command: [/bin/sh, -c, "echo $SECRET \"|'$SECRET'=1\"; exit 2"], environment: {SECRET: \#(Self.canary)-exec}"#,
            #"kind: exec, command: [/bin/sh, -c, "echo $0; exit 1", "${file:\#(file)}"]"#,
            #"kind: exec, command: ["/nowhere/${file:\#(file)}"]"#,
            "kind: heartbeat, within: 1h, token: \(Self.canary)-beat",
            #"kind: redis, url: "redis://127.0.0.1:1", password: "${file:\#(file)}""#,
        ]
        var text =
            "logs: {level: trace}\ndefaults: {interval: 300d, timeout: 2s}\ncomponents:\n  faults:\n    checks:\n"
        for (number, check) in checks.enumerated() { text += "      cell-\(number): {\(check)}\n" }
        let exporter = try RunningExporter(configuration: text)
        try await exporter.waitUntilStarted()
        try await eventually("a result of every cell", within: 30) {
            let known = try exporter.get("/api/v1/components/faults").json["checks"] as? [[String: Any]] ?? []
            return known.count == checks.count
                && known.allSatisfy { check in
                    // A heartbeat that has not beaten has nothing to report.
                    check["last_run"] is [String: Any] || check["kind"] as? String == "heartbeat"
                }
        }
        let beat = "/api/v1/heartbeats/faults/cell-\(checks.count - 2)"
        var pages: [(String, String)] = [("log", try exporter.log)]
        for path in [
            "/", "/metrics", "/health/detailed", "/api/v1/components", "/readyz", "/readyz?verbose", "/livez",
            "/startupz",
        ] {
            pages.append((path, try exporter.get(path).text))
        }
        for (method, headers) in [("POST", ["Authorization": "Bearer wrong"]), ("POST", [:]), ("GET", [:])] {
            let answer = try HTTP.get(exporter.port, beat, method: method, headers: headers)
            #expect(answer.status == (method == "GET" ? 405 : 403))
            pages.append((beat, answer.text))
        }
        #expect(
            try HTTP.get(exporter.port, beat, method: "POST", headers: ["Authorization": "Bearer \(Self.canary)-beat"])
                .status == 204
        )
        let configuration = try folder.write("config.yaml", text)
        let checked = try await Command.run(try Product.exporter.path, "check-config", configuration)
        let once = try await Command.run(try Product.exporter.path, "once", "--config", configuration)
        pages += [("check-config", checked.output + checked.errors), ("once", once.output + once.errors)]
        for (where_, page) in pages {
            #expect(page.count > 10 && !page.contains(Self.canary), "\(where_): \(Self.around(page))")
        }
        // The commands did print it, and what is left shows where.
        #expect(pages.contains { $0.0 == "/health/detailed" && $0.1.contains("<secret>") })
    }

    /// Where the canary sits.
    private static func around(_ page: String) -> String {
        guard let range = page.range(of: canary) else { return "" }
        let start = page.index(range.lowerBound, offsetBy: -80, limitedBy: page.startIndex) ?? page.startIndex
        return String(page[start..<range.upperBound])
    }

    @Test func noErrorOfAConfigurationShowsASecret() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("secret", "\(Self.canary)\n")
        let broken = [
            "kind: redis, url: 'redis://u:\(Self.canary)@h:1/0'",
            "kind: postgres, url: 'postgres://u:\(Self.canary)@h/d'",
            "kind: http, url: 'http://u:\(Self.canary)@h/'",
            "kind: redis, url: 'redis://h', password: [\(Self.canary)]",
            "kind: redis, url: 'redis://h', password: \"\(Self.canary)\\u0001\"", "kind: redis, url: '${file:\(file)}'",
            "kind: http, url: 'http://h/', bearer_token: \"\(Self.canary)\\n\"",
            "kind: tcp, address: '${file:\(file)}'",
            "kind: http, url: 'http://h/', basic_auth: {username: 'a:b', password: \(Self.canary)}",
            "kind: http, url: 'http://h/', headers: {'bad name': \(Self.canary)}", "kind: '${file:\(file)}'",
            "kind: http, url: 'http://h/', headers: {x: \"\(Self.canary)\\u0001\"}",
            "kind: http, url: 'http://h/', body: \(Self.canary)",
            "kind: exec, command: [a], environment: {'a=b': \(Self.canary)}",
            "kind: http, url: 'http://h/', proxy: {url: 'http://u:\(Self.canary)@p'}",
            "kind: http, url: 'http://h/', oauth2: {token_url: 'http://h', client_secret: {a: \(Self.canary)}}",
            "kind: heartbeat, within: '${file:\(file)}'", "kind: heartbeat, within: 1m, token: {a: \(Self.canary)}",
            "kind: tls, address: 'h:1', tls: {key: \(Self.canary)}",
            "kind: http, url: 'http://h/', json: {a: '${file:\(file)}'}",
            "kind: http, url: 'http://h/', expect_body: '(${file:\(file)}'",
        ]
        for check in broken {
            let text = "components: {c: {checks: {t: {\(check)}}}}\n"
            let result = try await Command.run(
                try Product.exporter.path,
                "check-config",
                try folder.write("c.yaml", text)
            )
            #expect(result.status == 2, "\(check)")
            #expect(!(result.output + result.errors).contains(Self.canary), "\(check): \(result.errors)")
        }
    }
}
