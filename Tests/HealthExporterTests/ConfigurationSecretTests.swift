import Foundation
import HealthChecks
import HealthCore
import HealthExporter
import Testing

/// What comes from elsewhere, put into every value of a large configuration, one at a time.
@Suite(.serialized)
struct ConfigurationSecretTests {
    private static let everything = #"""
        service: {name: orders, environment: production, version: 1.4.2, instance: orders-7d9c}
        web:
          {listen: "127.0.0.1:1", probe_listen: "[::1]:2", admin_socket: auto, details: never, lifecycle: admin, host_names: [h]}
        readiness: {unknown: degraded}
        shutdown: {drain: 1s, grace: 1m30s}
        logs: {level: debug, format: text}
        metrics: {labels: info, profile: lean}
        limits: {stall: 10s, runs_in_flight: 20, checks: 30, series: 400000, blocking_threads: 5}
        network: {allow: [169.254.169.254]}
        defaults:
          interval: 20s
          timeout: 3s
          max_age: 1m
          degraded_above: 1s
          retries: {attempts: 1, backoff: 50ms, max_backoff: 100ms}
          circuit_breaker: {failures: 6, open_for: 11s, max_open_for: 31s}
          component: {impact: optional, scope: local, owner: everybody, objective: 99.5%, startup: result, buckets: [0.1, 1]}
        components:
          orders:
            owner: team-orders
            runbook: https://runbooks.corp/orders
            depends_on: [worker]
            checks:
              page:
                kind: http
                url: http://h/
                method: POST
                headers: {Accept: text/plain}
                body: hello
                basic_auth: {username: u, password: secret}
                expect_status: [200-299, 404]
                on_other_status: degraded
                expect_body: ok
                reject_body: bad
                expect_header: {Server: nginx}
                json: {/status: ok, /depth: {degraded: 1, unhealthy: 2}, /left: {below: {degraded: 2, unhealthy: 1}}}
                follow_redirects: 1
                max_body: 64KiB
                trace_sampled: true
                ip: v4
              token: {kind: http, url: "https://h/", bearer_token: secret}
              client:
                kind: http
                url: https://h/
                proxy: {url: "http://p:3128", username: u, password: secret, no_proxy: [near.corp, 10.0.0.0/8]}
                oauth2:
                  token_url: https://a/token
                  client_id: i
                  client_secret: secret
                  scopes: [read]
                  endpoint_params: {audience: secret}
                  proxy: off
              elsewhere: {kind: tcp, address: "h:1", proxy: {from_environment: true}}
              port:
                kind: tcp
                address: h:1
                interval: 10s
                timeout: 2s
                confirm_interval: 2s
                failure_threshold: 2
                success_threshold: 4
                degraded_above: 500ms
                max_age: 22s
                retries: {attempts: 2, backoff: 50ms, max_backoff: 100ms}
                circuit_breaker: {failures: 5, open_for: 10s, max_open_for: 30s}
                dialogue: [{expect: "^220"}, {send: 'QUIT\r\n'}]
              names: {kind: dns, name: h.corp, record: A, server: "10.0.0.1:53", expect: "^10", ip: v4}
              rpc: {kind: grpc, address: "h:1", service: s}
              base:
                kind: postgres
                url: postgres://u@h:5432/d?sslmode=prefer
                password: secret
                query: SELECT 1
                connections_used: {degraded: 80%, unhealthy: 95%}
                replication_lag: {degraded: 1s, unhealthy: 10s}
                migration: {table: t, column: c, expect: x}
              cache: {kind: redis, url: "redis://u@h/0", password: secret, role: master, memory_used: {degraded: 80%}}
          worker:
            checks:
              beat: {kind: heartbeat, within: {degraded: 10m, unhealthy: 1h}, token: secret}
              plugin: {kind: exec, command: [/bin/sh, -c], environment: {A: secret}, max_output: 4KiB, exit_codes: simple}
              root: {kind: disk, path: /, used: {degraded: 80%}, free_bytes: {unhealthy: 1MiB}, inodes_used: {degraded: 80%}}
              report: {kind: file, path: /tmp, modified_within: 1h, min_bytes: 1, contains: x}
              loops: {kind: runtime, event_loop_lag: {degraded: 1s}, open_files: {unhealthy: 90%}}
              variables: {kind: environment, required: [HOME], files: [/etc/passwd]}
          twin: {checks: {memory: {kind: memory, used: {degraded: 80%, unhealthy: 95%}}}}
        groups: {both: {members: [worker, twin], require: 1, impact: critical, scope: shared, owner: us, startup: healthy}}
        flags: {shop: {requires: [both], default: false}}
        maintenance:
          - {components: [orders], from: 2026-12-01T22:00:00Z, until: 2026-12-01T23:00:00Z}
          - {components: [all], weekly: {days: [sun], at: "02:00", for: 1h, time_zone: UTC}}
        """#

    /// By itself, since every load of it reads the authorities of the system.
    private static let encrypted = """
        components:
          c: {checks: {t: {kind: tls, address: "h:1", tls: {server_name: h, expires_within: {degraded: 14d, unhealthy: 3d}}}}}
        """

    /// Each is right for some keys and wrong for others, or contradicts others; with what no message may show of it, and how
    /// many values apart it stands in one text.
    private static let canaries = [
        ("hunter2-canary", "hunter2", 48), ("(hunter2", "hunter2", 12), ("97193", "97193", 12),
        ("7s919ms", "7s919ms", 12), ("97d19h", "97d19h", 12), ("postgres://u@h/d?hunter2=1", "hunter2", 12),
        ("https://u:hunter2@h/", "hunter2", 12),
    ]

    /// The texts in which one value after the other is replaced, or every value that is `step` others from the one before.
    private static func variants(value: String, step: Int = 1000) throws -> [String] {
        try [everything, encrypted].flatMap { text in
            let root = try #require(try YAMLReader.read(Array(text.utf8), problems: SettingProblems()))
            var count = 0
            _ = render(root, value: value, &count) { _ in false }
            return (0..<min(step, count)).map { first in
                var index = 0
                return render(root, value: value, &index) { $0 % step == first }
            }
        }
    }

    /// As flow style; the value stands instead of the scalars that `isReplaced` picks by their number.
    private static func render(
        _ node: SettingNode,
        value: String,
        _ index: inout Int,
        _ isReplaced: (Int) -> Bool
    ) -> String {
        switch node {
        case .scalar(let scalar, _):
            index += 1
            return quoted(isReplaced(index - 1) ? value : scalar.text)
        case .list(let items, _):
            return "[" + items.map { render($0, value: value, &index, isReplaced) }.joined(separator: ", ") + "]"
        case .map(let entries, _):
            let pairs = entries.map { "\(quoted($0.key)): \(render($0.value, value: value, &index, isReplaced))" }
            return "{" + pairs.joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }

    @Test func theConfigurationItselfIsRight() throws {
        let variants = try Self.variants(value: "x")
        #expect(variants.count > 150)
        #expect(ConfigurationText.problems(Self.everything).isEmpty, "\(ConfigurationText.problems(Self.everything))")
    }

    @Test(arguments: Self.canaries)
    func noMessageShowsAVariable(value: String, mark: String, step: Int) async throws {
        let running = try ConfigurationText.load(Self.everything)
        var refused = 0
        for text in try Self.variants(value: "${env:CANARY}", step: step) {
            // Other tests share these threads.
            await Task.yield()
            let problems = ConfigurationText.problems(text, environment: ["CANARY": value], replacing: running)
            refused += problems.isEmpty ? 0 : 1
            #expect(!problems.contains { $0.contains(mark) }, "\(problems)")
        }
        #expect(refused > 10)
    }

    @Test func nothingShowsASecretFile() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("hunter2-canary\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let running = try ConfigurationText.load(Self.everything)
        var accepted = 0
        for text in try Self.variants(value: "${file:\(file.path)}") {
            await Task.yield()
            do throws(ConfigurationError) {
                let configuration = try ConfigurationText.load(text, replacing: running)
                accepted += 1
                let probe = ConfigurationReport.Probe(period: nil, timeout: nil, failures: nil)
                let now = Timestamp(nanosecondsSinceEpoch: 0)
                let report = ConfigurationReport(configuration, probe: probe, eventLoops: 1, now: now)
                #expect(!report.render().contains("hunter2"), "\(text)")
                #expect(!"\(configuration.identity)".contains("hunter2"))
            } catch {
                #expect(!error.description.contains("hunter2"), "\(error)")
            }
        }
        #expect(accepted > 10)
    }

    @Test(
        arguments: [
            ("limits: {checks: '${env:X}'}\n", "0", "found `${env:X}`"),
            ("limits: {series: '${env:X}'}\n", "9", "limits.series (${env:X}) allows"),
            ("shutdown: {drain: '${env:X}'}\n", "1h", "drain (${env:X}) must be shorter than grace (20s)"),
            ("web: {listen: 'h:1', probe_listen: '${env:X}'}\n", "h:1", "both are ${env:X}"),
            ("groups: {g: {members: [c], require: '${env:X}'}}\n", "7", "${env:X} is more than the 1 members"),
            ("groups: {g: {members: ['${env:X}']}}\n", "d", "no component named `${env:X}`"),
            ("flags: {f: {requires: ['${env:X}']}}\n", "d", "no component or group named `${env:X}`"),
            ("defaults: {timeout: '${env:X}'}\n", "1h", "timeout (${env:X}) must be shorter than interval (10s)"),
        ]
    )
    func aMessageQuotesThePlaceholder(section: String, value: String, message: String) {
        let text = section + ConfigurationText.check("")
        let problems = ConfigurationText.problems(text, environment: ["X": value])
        #expect(problems.contains { $0.contains(message) }, "\(problems)")
    }

    @Test(
        arguments: [
            "service: {name: '#'}\n", "service: {environment: 'x#'}\n", "service: {version: '#'}\n",
            "service: {instance: '#'}\n", "defaults: {component: {owner: '#'}}\n",
            "defaults: {component: {runbook: 'https://h/#'}}\n", "groups: {g: {members: [c], owner: '#'}}\n",
            "groups: {g: {members: ['#']}}\n", "flags: {f: {requires: ['#']}}\n",
            "maintenance: [{components: ['#'], from: 2026-12-01T22:00:00Z, until: 2026-12-01T23:00:00Z}]\n",
        ]
    )
    func aSecretFileIsRefusedWhereEverybodyReads(section: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("c\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let text = section.replacingOccurrences(of: "#", with: "${file:\(file.path)}") + ConfigurationText.check("")
        let problems = ConfigurationText.problems(text)
        #expect(problems.contains { $0.contains("is a secret, and everybody may read this value") }, "\(problems)")
        let variable = section.replacingOccurrences(of: "#", with: "${env:X}") + ConfigurationText.check("")
        #expect(ConfigurationText.problems(variable, environment: ["X": "c"]).isEmpty)
    }
}
