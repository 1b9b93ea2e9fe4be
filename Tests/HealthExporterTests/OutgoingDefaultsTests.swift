import HealthChecks
import HealthCore
import Testing

@testable import HealthExporter

/// The proxy that a check has, from its own keys, from `defaults` or from the environment, and what is hidden of it.
struct OutgoingDefaultsTests {
    private static func proxy(
        of check: String,
        _ text: String,
        _ variables: [String: String] = [:]
    ) throws -> ProxyChoice? {
        let settings = try ConfigurationText.load(text, environment: variables).settings
        let checks = settings.components.flatMap(\.value.checks)
        let found = try #require(checks.first { $0.name == check })
        return (found.value.own.base as? any ProxiedSettings)?.proxy
    }

    private static let inherited = """
        defaults: {proxy: {url: "http://p:3128", username: user-of-all, password: hunter2-of-all}}
        components:
          c:
            checks:
              http: {kind: http, url: "http://h/"}
              off: {kind: tcp, address: "h:1", proxy: off}
              own: {kind: redis, url: "redis://h", proxy: {url: "http://q"}}
              disk: {kind: disk, path: /}
              postgres: {kind: postgres, url: "postgres://u@h/d"}
              dns: {kind: dns, name: h}
        """

    @Test func aCheckHasTheProxyOfTheDefaultsUnlessItSaysOtherwise() throws {
        guard case .on(let proxy) = try Self.proxy(of: "http", Self.inherited) else { throw NoProxy() }
        #expect(proxy.server?.host == "p" && proxy.username == "user-of-all")
        #expect(try Self.proxy(of: "off", Self.inherited) == .off)
        guard case .on(let own) = try Self.proxy(of: "own", Self.inherited) else { throw NoProxy() }
        #expect(own.server?.host == "q" && own.username == nil)
        for other in ["disk", "postgres", "dns"] { #expect(try Self.proxy(of: other, Self.inherited) == nil) }
    }

    private struct NoProxy: Error {}

    @Test func theSecretsOfAProxyAndOfAClientAreHidden() throws {
        let settings = try ConfigurationText.load(Self.inherited).settings
        let checks = settings.components.flatMap(\.value.checks)
        // `user-of-all:hunter2-of-all`, as it is sent.
        let sent = "dXNlci1vZi1hbGw6aHVudGVyMi1vZi1hbGw="
        for check in checks {
            let hides = check.value.secrets.contains("hunter2-of-all") && check.value.secrets.contains(sent)
            #expect(hides == (check.name == "http"), "\(check.name): \(check.value.secrets)")
        }
        let oauth2 = OutgoingSettingsTests.text(
            "http",
            "oauth2: {token_url: 'http://a', client_id: i, client_secret: hunter2, endpoint_params: {k: hunter3}, "
                + "proxy: {url: 'http://p', username: u, password: hunter4}}"
        )
        let secrets = try #require(try ConfigurationText.load(oauth2).settings.components.first?.value.checks.first)
            .value.secrets
        #expect(Set(secrets).isSuperset(of: ["hunter2", "hunter3", "hunter4", "dTpodW50ZXI0"]), "\(secrets)")
    }

    @Test func theEnvironmentCountsOnlyWhereItIsAskedFor() throws {
        let asked = OutgoingSettingsTests.text("http", "proxy: {from_environment: true}")
        guard case .on(let proxy) = try Self.proxy(of: "t", asked, OutgoingSettingsTests.environment) else {
            throw NoProxy()
        }
        #expect(proxy.server(for: "h", isPlainHTTP: false)?.host == "env.example")
        #expect(
            proxy.server(for: "h", isPlainHTTP: true) == nil
                && proxy.server(for: "near.example", isPlainHTTP: false) == nil
        )
        #expect(
            try Self.proxy(
                of: "t",
                OutgoingSettingsTests.text("http", "method: GET"),
                OutgoingSettingsTests.environment
            ) == nil
        )
        let refused = ConfigurationText.problems(asked, environment: ["https_proxy": "http://u:hunter2@p"])
        #expect(refused.count == 1 && refused[0].contains("t.proxy: the variable https_proxy holds a user or password"))
        #expect(!refused[0].contains("hunter2"))
    }

    @Test func aProxyOfTheDefaultsThatIsWrongIsReportedOnce() {
        let text = "defaults: {proxy: {url: 'ftp://p'}}\n" + ConfigurationText.check("")
        let problems = ConfigurationText.problems(text)
        #expect(
            problems.count == 1 && problems[0].contains("defaults.proxy.url: expected an absolute URL"),
            "\(problems)"
        )
    }
}
