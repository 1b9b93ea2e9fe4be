import HealthCore
import Testing

@testable import HealthChecks

/// Which targets go through which proxy.
struct ProxyRulesTests {
    @Test(
        arguments: [
            ("*", "anything", true), ("*", "192.0.2.1", true),
            ("example.com", "example.com", true), ("example.com", "www.example.com", true),
            ("example.com", "WWW.Example.COM.", true), ("example.com", "myexample.com", false),
            (".example.com", "example.com", true), (".example.com", "a.b.example.com", true),
            ("example.com.", "www.example.com", true), ("example.com", "com", false),
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false), ("10.0.0.0/8", "ten.example", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.10", false), ("::1", "::1", true),
            ("[::1]", "0:0:0:0:0:0:0:1", true), ("fd00::/8", "fd12::1", true), ("localhost", "127.0.0.1", false),
        ]
    )
    func anExemptionCoversADomainAndANetwork(text: String, host: String, isCovered: Bool) throws {
        let exemption = try #require(ProxyExemption(text))
        #expect(exemption.covers(host) == isCovered)
    }

    @Test(arguments: ["", ".", "..", "a b", "example.com:80", "10.0.0.0/33", "http://a", "*.example.com"])
    func otherTextsAreNoExemptions(text: String) {
        #expect(ProxyExemption(text) == nil)
    }

    private static func environment(_ variables: [String: String]) throws -> ProxyEnvironment {
        try ProxyEnvironment { variables[$0] }
    }

    private static func target(_ url: String?) throws -> HTTPTarget? { try url.map { try HTTPTarget($0) } }

    @Test(
        arguments: [
            ([:], nil, nil),
            (["HTTPS_PROXY": "http://p:1"], nil, "http://p:1"),
            (["https_proxy": "http://small:1", "HTTPS_PROXY": "http://CAPITAL:1"], nil, "http://small:1"),
            (["https_proxy": "", "HTTPS_PROXY": "http://p:1"], nil, "http://p:1"),
            (["http_proxy": "p:1", "https_proxy": "https://q"], "http://p:1", "https://q"),
            (["HTTP_PROXY": "http://p:1"], "http://p:1", nil),
            (["ALL_PROXY": "http://p:1"], nil, nil),
        ] as [([String: String], String?, String?)]
    )
    func theEnvironmentNamesProxies(variables: [String: String], plain: String?, encrypted: String?) throws {
        let environment = try Self.environment(variables)
        #expect(environment.plain == (try Self.target(plain)))
        #expect(environment.encrypted == (try Self.target(encrypted)))
    }

    @Test(
        arguments: [
            ("http://u:hunter2@p:1", "the variable HTTPS_PROXY holds a user or password"),
            ("u:hunter2@p:1", "the variable HTTPS_PROXY holds a user or password"),
            ("socks5://p:1", "the variable HTTPS_PROXY holds no http or https URL"),
            ("http://p:1/path", "the variable HTTPS_PROXY holds no http or https URL"),
            ("http://hunter2 p", "the variable HTTPS_PROXY holds no http or https URL"),
        ]
    )
    func aVariableThatCannotBeUsedIsNamedAndNotQuoted(value: String, message: String) {
        let error = #expect(throws: ProxyEnvironment.Problem.self) { try Self.environment(["HTTPS_PROXY": value]) }
        #expect(error?.text.hasPrefix(message) == true && error?.text.contains("hunter2") == false)
    }

    @Test func theSchemeAndTheExemptionsDecide() throws {
        var settings = ProxySettings()
        settings.environment = try Self.environment([
            "http_proxy": "http://plain:1", "https_proxy": "http://other:1",
            "NO_PROXY": "internal.example, 10.0.0.0/8 x:80",
        ])
        settings.exemptions = [.domain("near")]
        #expect(settings.server(for: "h", isPlainHTTP: true)?.host == "plain")
        #expect(settings.server(for: "h", isPlainHTTP: false)?.host == "other")
        for host in ["a.internal.example", "10.9.9.9", "near"] {
            #expect(settings.server(for: host, isPlainHTTP: true) == nil)
        }
        settings.server = try HTTPTarget("http://given")
        #expect(settings.server(for: "h", isPlainHTTP: true)?.host == "given")
    }

    @Test(
        arguments: [
            ("2852039166", "169.254.169.254"), ("0xA9FEA9FE", "169.254.169.254"),
            ("0251.0376.0251.0376", "169.254.169.254"),
            ("127.1", "127.0.0.1"), ("1.2.3", "1.2.0.3"), ("0", "0.0.0.0"), ("0x7f.1", "127.0.0.1"),
            ("1.2.3.4", "1.2.3.4"),
            ("4294967296", nil), ("1.2.3.256", nil), ("256.1", nil), ("1.2.3.4.5", nil), ("1..2", nil), ("", nil),
            ("0x", nil),
            ("08", nil), ("-1", nil), ("+1", nil), ("a.b", nil), ("1.16777216", nil), ("1.16777215", "1.255.255.255"),
        ] as [(String, String?)]
    )
    func oldFormsOfAddressesAreRead(text: String, address: String?) {
        #expect(IPAddress(legacy: text)?.text == address)
    }
}
