import HealthChecks
import HealthCore
import Testing

@testable import HealthExporter

/// What is wrong with `proxy`, `oauth2` and the files and pins of `tls`, each error with its place.
struct OutgoingSettingsTests {
    /// Keys of one check, and what is said of them.
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: String
        let keys: String
        let problems: [String]

        init(_ kind: String, _ keys: String, _ problems: [String]) {
            (self.kind, self.keys, self.problems) = (kind, keys, problems)
        }

        var testDescription: String { "\(kind): \(keys)" }
    }

    private static let pin = "sha256//aTMk0jqjXfAqTDglZTgagyubvy5rcI9siV7XHPY1zNg="

    private static let cases = [
        Case("http", "proxy: off", []),
        Case("http", "proxy: {url: 'http://p:3128'}", []),
        Case("http", "proxy: on", ["t.proxy: expected off, or a map with url or from_environment, found `on`"]),
        Case("http", "proxy: ", ["t.proxy: expected off, or a map with url or from_environment, found nothing"]),
        Case("http", "proxy: [a]", ["t.proxy: expected off, or a map with url or from_environment, found a list"]),
        Case("http", "proxy: 'http://p:3128'", ["t.proxy: expected off, or a map with url or from_environment"]),
        Case("http", "proxy: {}", ["t.proxy: expected `url` or `from_environment: true`"]),
        Case("http", "proxy: {url: 'socks5://p:1'}", ["t.proxy.url: expected an absolute URL with http or https"]),
        Case("http", "proxy: {url: 'p:3128'}", ["t.proxy.url: expected an absolute URL with http or https"]),
        Case("http", "proxy: {url: 'http://p:3128/path'}", ["t.proxy.url: expected the URL of a proxy without a path"]),
        Case(
            "http",
            "proxy: {url: 'http://u:hunter2@p:3128'}",
            ["a user or password does not belong in a URL; use `username` and `password`"]
        ),
        Case(
            "http",
            "proxy: {url: 'http://p', username: u}",
            ["t.proxy: `username` and `password` only work together"]
        ),
        Case(
            "http",
            "proxy: {url: 'http://p', password: hunter2}",
            ["t.proxy: `username` and `password` only work together"]
        ),
        Case(
            "http",
            "proxy: {url: 'http://p', username: 'a:b', password: hunter2}",
            ["t.proxy.username: expected a user without colon"]
        ),
        Case("http", "proxy: {url: 'http://p', username: u, password: hunter2}", []),
        Case(
            "http",
            "proxy: {url: 'http://p', from_environment: true}",
            ["t.proxy.from_environment: either url or from_environment"]
        ),
        Case("http", "proxy: {from_environment: false}", ["t.proxy: expected `url` or `from_environment: true`"]),
        Case("http", "proxy: {from_environment: true}", []),
        Case(
            "http",
            "proxy: {url: 'http://p', no_proxy: ['a b', 'h:80']}",
            ["t.proxy.no_proxy: expected a domain, an address, a network or *", "found `h:80`"]
        ),
        Case("http", "proxy: {url: 'http://p', no_proxy: .internal}", []),
        Case("http", "proxy: {url: 'http://p', tls: {verify: false}}", ["t.proxy.tls: has no effect: the url is http"]),
        Case(
            "http",
            "proxy: {url: 'https://p', tls: {expires_within: {degraded: 1d}}}",
            ["t.proxy.tls: expires_within has no effect here"]
        ),
        Case("http", "proxy: {url: 'https://p', tls: {}}", []),
        Case(
            "http",
            "proxy: {uri: 'http://p'}",
            ["unknown key `uri`, did you mean `url`?", "t.proxy: expected `url` or"]
        ),
        Case("tcp", "proxy: {url: 'http://p'}", []),
        Case("tls", "proxy: {url: 'http://p'}", []),
        Case("grpc", "proxy: {url: 'http://p'}", []),
        Case("redis", "proxy: {url: 'http://p'}", []),
        Case("postgres", "proxy: {url: 'http://p'}", ["the key `proxy` can't be used here: libpq connects by itself"]),
        Case("dns", "proxy: {url: 'http://p'}", ["the key `proxy` can't be used here: name servers are"]),
        Case("icmp", "proxy: {url: 'http://p'}", ["the key `proxy` can't be used here: a proxy carries no echo"]),
        Case("disk", "proxy: {url: 'http://p'}", ["unknown key `proxy`"]),
        Case(
            "http",
            "oauth2: {}",
            ["the key `token_url` is missing", "the key `client_id` is missing", "the key `client_secret` is missing"]
        ),
        Case("http", "oauth2: {token_url: 'http://a/t', client_id: i, client_secret: s}", []),
        Case(
            "http",
            "oauth2: {token_url: 'http://u:hunter2@a/t', client_id: \"a\\tb\", client_secret: \"hunter2\\n\"}",
            [
                "does not belong in a URL; use `client_id` and `client_secret`",
                "t.oauth2.client_id: expected 1 to 512 visible ASCII characters",
                "t.oauth2.client_secret: expected text of 1 to 8192 bytes",
            ]
        ),
        Case(
            "http",
            "oauth2: {token_url: 'http://a/t', client_id: i, client_secret: s, scopes: ['a b', c, '']}",
            [
                "t.oauth2.scopes: expected one scope, without spaces, found `a b`",
                "t.oauth2.scopes: expected one scope, without spaces, found ``",
            ]
        ),
        Case(
            "http",
            "oauth2: {token_url: 'http://a/t', client_id: i, client_secret: s, endpoint_params: {grant_type: a, scope: b, client_id: c}}",
            [
                "`grant_type` is client_credentials", "`scope` is what the key `scopes` says",
                "`client_id` has a key of its own",
            ]
        ),
        Case(
            "http",
            "oauth2: {token_url: 'http://a/t', client_id: i, client_secret: s, tls: {verify: false}}",
            ["t.oauth2.tls: has no effect: the token_url is http"]
        ),
        Case(
            "http",
            "oauth2: {token_url: 'https://a/t', client_id: i, client_secret: s, tls: {expires_within: {degraded: 1d}}}",
            ["t.oauth2.tls: expires_within has no effect here"]
        ),
        Case("http", "oauth2: {token_url: 'https://a/t', client_id: i, client_secret: s, proxy: off}", []),
        Case(
            "http",
            "oauth2: {token_url: 'https://a/t', client_id: i, client_secret: s}, bearer_token: hunter2",
            ["t.oauth2: either oauth2, basic_auth or bearer_token"]
        ),
        Case(
            "http",
            "oauth2: {token_url: 'https://a/t', client_id: i, client_secret: s}, basic_auth: {username: u, password: hunter2}",
            ["t.oauth2: either oauth2, basic_auth or bearer_token"]
        ),
        Case(
            "http",
            "oauth2: {token_url: 'https://a/t', client_id: i, client_secret: s}, headers: {authorization: hunter2}",
            ["t.headers: Authorization is given twice: here and by oauth2"]
        ),
        Case("tcp", "oauth2: {}", ["unknown key `oauth2`"]),
        Case(
            "tls",
            "tls: {pins: ['sha256//AAAA', 'md5//x']}",
            ["t.tls.pins: expected sha256// and the base64 of 32 bytes", "found `md5//x`"]
        ),
        Case("tls", "tls: {pins: '\(pin)'}", []),
        Case("tls", "tls: {pins: {a: b}}", ["takes it, found a map"]),
        Case("postgres", "tls: {pins: ['\(pin)']}", ["t.tls: pins can't be used here: libpq"]),
    ]

    private static let needed = [
        "http": "url: 'http://h/'", "tcp": "address: 'h:1'", "tls": "address: 'h:1'", "grpc": "address: 'h:1'",
        "redis": "url: 'redis://h'", "postgres": "url: 'postgres://u@h/d'", "dns": "name: h", "icmp": "address: h",
        "disk": "path: /",
    ]

    static func text(_ kind: String, _ keys: String) -> String {
        "components: {c: {checks: {t: {kind: \(kind), \(needed[kind] ?? ""), \(keys)}}}}\n"
    }

    static let environment = ["HTTPS_PROXY": "http://env.example:3128", "no_proxy": "near.example"]

    @Test(arguments: cases) func everyErrorHasItsPlaceAndShowsNoSecret(test: Case) {
        let problems = ConfigurationText.problems(Self.text(test.kind, test.keys), environment: Self.environment)
            // Whether this process may send pings is another matter.
            .filter { !$0.contains("ping_group_range") }
        #expect(problems.count == test.problems.count, "\(problems)")
        for expected in test.problems { #expect(problems.contains { $0.contains(expected) }, "\(problems)") }
        #expect(!problems.contains { $0.contains("hunter2") }, "\(problems)")
    }
}
