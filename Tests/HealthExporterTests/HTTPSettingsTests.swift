import HealthCore
import Testing

@testable import HealthExporter

/// What is wrong with the keys of an `http` check, each error with its place.
struct HTTPSettingsTests {
    /// Keys of one check, as lines of a map; `url` is `http://h/` unless they say otherwise.
    private static let cases = [
        "url: ftp://h/", "url: h/path", "url: 'http://'", "url: http://u:p@h/", "url: u:p@h", "url: http://h:0/",
        "url: [a]",
        "url: ", "url: 'http://h/a b'", "url: http://h/\nurl: http://i/", "url: ${env:MISSING}", "url: ${env:BAD}",
        "method: get", "method: ''", "method: VERYVERYVERYLONGMETHOD", "method: [GET]", "method: M-SEARCH",
        "headers: {a b: c}", "headers: {Connection: close}", "headers: {content-length: 1, Transfer-Encoding: x}",
        "headers: {X: \"a\\nb\"}", "headers: {X: [a]}", "headers: {X: }", "headers: text", "headers: ",
        "headers: {Host: other}",
        "headers: {Authorization: a}\nbearer_token: b",
        "headers: {authorization: a}\nbasic_auth: {username: u, password: p}",
        "body: x", "method: HEAD\nbody: x", "method: ${env:GET}\nbody: x", "method: POST\nbody: x", "body: [x]",
        "body: ''",
        "basic_auth: {username: u}", "basic_auth: {password: p}", "basic_auth: {username: 'u:v', password: p}",
        "basic_auth: {username: u, password: ''}", "basic_auth: {username: u, password: p, realm: r}", "basic_auth: u",
        "basic_auth: ", "basic_auth: {username: \"a\\tb\", password: \"a\\tb\"}",
        "basic_auth: {username: u, password: p}\nbearer_token: t", "bearer_token: ''", "bearer_token: \"a\\nb\"",
        "bearer_token: [a]", "expect_status: 99", "expect_status: 600", "expect_status: 299-200", "expect_status: []",
        "expect_status: [200, x, 2xx]", "expect_status: [x]", "expect_status: ", "expect_status: {a: b}",
        "on_other_status: healthy", "on_other_status: [degraded]", "expect_body: '('", "expect_body: 'a(?=b)'",
        "reject_body: '\\1'", "reject_body: [a]", "expect_header: {a b: c}", "expect_header: {X: '('}",
        "expect_header: {X: [a]}",
        "expect_header: text", "expect_header: ", "json: {status: up}", "json: {/a: [1]}", "json: {/~: 1}",
        "json: text", "json: ",
        "json: {'': }", "json: {/a: {degraded: x}}", "json: {/a: {}}", "json: {/a: {degraded: 2, unhealthy: 1}}",
        "json: {/a: {degraded: 1, unhealthy: inf}}", "json: {/a: {below: {degraded: 1, unhealthy: 2}}}",
        "json: {/a: {below: {}}}", "json: {/a: {below: 3}}", "json: {/a: {below: {degraded: x}, degraded: 1}}",
        "json: {/a: {blow: {degraded: 1}}}", "json: {/a/b: {above: 3}}", "follow_redirects: 11", "follow_redirects: -1",
        "follow_redirects: x", "max_body: 0", "max_body: 17MiB", "max_body: 1.5KiB", "max_body: x",
        "trace_sampled: maybe",
        "tls: {verify: false}", "tls: {verify: false}\nfollow_redirects: 1", "tls: {verify: false}\nurl: https://h/",
        "tls: text", "tls: {server_name: 127.0.0.1}\nurl: https://h/", "ip: v5", "urll: http://h/", "adress: h",
        "method: get\nmax_body: 0\njson: {a: b}\nip: v5",
    ]

    private static let environment = ["BAD": "http://me:hunter2@h/", "GET": "GET"]

    private static func report(_ keys: String) -> String {
        let given = keys.hasPrefix("url:") || keys.contains("\nurl:") ? keys : "url: http://h/\n" + keys
        let lines = ("kind: http\n" + given).split(separator: "\n").map { "        \($0)\n" }
        let text = "components:\n  c:\n    checks:\n      t:\n\(lines.joined())"
        let problems = ConfigurationText.problems(text, environment: environment)
        return "\(keys)\n\(problems.map { "  \($0)\n" }.joined())"
    }

    @Test func everyErrorStaysAsItIs() throws {
        try GoldenFile.check("http-settings.txt", Self.cases.map(Self.report).joined(separator: "\n"))
    }

    @Test func noErrorShowsASecret() {
        let secrets = Self.report("headers: {X: \"swordfish\\n\"}\nbody: swordfish\nbearer_token: \"swordfish\\t\"")
        #expect(!secrets.split(separator: "\n").contains { $0.hasPrefix("  ") && $0.contains("swordfish") })
        #expect(!Self.report("url: ${env:BAD}").contains("hunter2"))
    }
}
