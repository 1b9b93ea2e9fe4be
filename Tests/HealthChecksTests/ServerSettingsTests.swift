import Testing

@testable import HealthChecks

/// The settings of kinds that reach servers: how they compare, and what their keys say.
struct ServerSettingsTests {
    private static func settings(_ kind: String, _ keys: [(String, SettingNode)]) throws -> AnyCheckSettings {
        let kind = try #require(CheckCatalog.kind(named: kind))
        let problems = SettingProblems()
        let node = SettingNode.map(keys.map { .init(key: $0.0, position: .start, value: $0.1) }, .start)
        let reader = SettingsReader(node, path: "check", keys: kind.keys, problems: problems)
        let settings = kind.decode(reader)
        #expect(problems.all.isEmpty, "\(problems.all.map(\.message))")
        return AnyCheckSettings(settings)
    }

    private static let command = SettingNode.list([.text("true")], .start)

    /// A kind, keys that are needed, and one more that makes another check of it.
    @Test(
        arguments: [
            ("postgres", [("url", .text("postgres://u@h"))], ("password", .text("hunter22"))),
            ("postgres", [("url", .text("postgres://u@h"))], ("query", .text("SELECT 2"))),
            ("postgres", [("url", .text("postgres://u@h"))], ("connections_used", .map([("degraded", "80%")]))),
            (
                "postgres", [("url", .text("postgres://u@h"))],
                ("migration", .map([("table", "t"), ("column", "c"), ("expect", "1")]))
            ),
            ("postgres", [("url", .text("postgres://u@h"))], ("tls", .map([("verify", "false")]))),
            ("redis", [("url", .text("redis://h"))], ("password", .text("hunter22"))),
            ("redis", [("url", .text("redis://h"))], ("role", .text("replica"))),
            ("grpc", [("address", .text("h:1"))], ("service", .text("s"))),
            ("grpc", [("address", .text("h:1"))], ("tls", .map([]))),
            ("exec", [("command", command)], ("environment", .map([("TOKEN", "hunter22")]))),
            ("exec", [("command", command)], ("exit_codes", .text("simple"))),
            ("dns", [("name", .text("h"))], ("expect", .text("^10"))),
            ("dns", [("name", .text("h"))], ("rcode", .text("NXDOMAIN"))),
        ] as [(String, [(String, SettingNode)], (String, SettingNode))]
    )
    func everyKeyCountsInAComparison(
        kind: String,
        keys: [(String, SettingNode)],
        further: (String, SettingNode)
    ) throws {
        let (first, second) = (try Self.settings(kind, keys), try Self.settings(kind, keys))
        #expect(first == second && first.hashValue == second.hashValue)
        #expect(try Self.settings(kind, keys + [further]) != first)
    }

    @Test(arguments: [("hunter22", "hunter23"), ("hunter22", "Hunter22")])
    func anotherSecretIsAnotherCheck(one: String, other: String) throws {
        for (kind, url) in [("postgres", "postgres://u@h"), ("redis", "redis://u@h")] {
            let settings = try [one, other, one].map { secret in
                try Self.settings(kind, [("url", .text(url)), ("password", .text(secret))])
            }
            #expect(settings[0] != settings[1] && settings[0] == settings[2])
        }
    }

    @Test(arguments: [("postgres", "postgres://u@h"), ("redis", "redis://u@h")])
    func aSecretThatIsRefusedIsNotQuoted(kind: String, url: String) {
        let problems = KindRun.make(kind, [("url", .text(url)), ("password", .text("hunter\u{7}22"))]).problems
        #expect(problems == ["expected text of 1 to 8192 bytes without control characters, found another value"])
    }

    @Test(
        arguments: [
            ("postgres", "query", "A query that must succeed; default SELECT 1."),
            (
                "postgres", "connections_used",
                "Client connections over those that there may be; default {degraded: 80%, unhealthy: 95%}."
            ),
            ("postgres", "ip", "Which addresses of a name to use; default auto."),
            ("redis", "role", "What the server must be."),
            ("grpc", "service", "The service to ask for; default the server as a whole."),
            ("exec", "max_output", "How much it may print; default 4KiB."),
            (
                "exec", "exit_codes",
                "plugin: 0 good, 1 degraded, 2 unhealthy, 3 unknown; simple: 0 good; default plugin."
            ),
            ("dns", "record", "The record type; default A."),
            ("dns", "server", "host[:port]; default the system's name server."),
            ("dns", "rcode", "The response code expected; default NOERROR."),
        ]
    )
    func aKeyIsDescribedWithItsDefault(kind: String, key: String, summary: String) throws {
        let keys = try #require(CheckCatalog.kind(named: kind)).keys
        #expect(keys.first { $0.name == key }?.summary == summary)
    }

    @Test(arguments: [("postgres", "password"), ("redis", "password"), ("exec", "environment")])
    func aKeyWithSecretsIsDeclaredSecret(kind: String, key: String) throws {
        let keys = try #require(CheckCatalog.kind(named: kind)).keys
        // What every kind says of a proxy has secrets of its own.
        #expect(keys.filter(\.isSecret).map(\.name).filter { $0 != "proxy" } == [key])
    }

    @Test func pingsThatTheKernelRefusesAreAProblemOfTheCheck() throws {
        func problems(_ maySendPings: Bool) -> [String] {
            let problems = SettingProblems()
            let machine = MachineFacts(reportsMemoryPressure: { false }, maySendPings: { maySendPings })
            let node = SettingNode.map([("address", "h")])
            let reader = SettingsReader(
                node,
                path: "check",
                keys: ICMPSettings.descriptions,
                problems: problems,
                inputs: SettingInputs(machine: machine)
            )
            #expect(reader.decoded(ICMPSettings.self).host == "h")
            return problems.all.map { "\($0.path): \($0.message)" }
        }
        #expect(problems(true) == [])
        let hint = "include its group in the sysctl net.ipv4.ping_group_range"
        #expect(problems(false) == ["check: this process may not send pings: \(hint)"])
    }
}
