import Foundation
import HealthChecks
import HealthCore
import Testing

@testable import HealthExporter

/// What `check-config` warns of, seen in the words of the file.
struct ConfigurationWarningTests {
    private static func warnings(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        let configuration = try ConfigurationText.load(text, environment: environment)
        let probe = ConfigurationReport.Probe(period: nil, timeout: nil, failures: nil)
        let now = Timestamp(nanosecondsSinceEpoch: 0)
        return ConfigurationReport(configuration, probe: probe, eventLoops: 1, now: now).renderProblems()
            .split(separator: "\n").map(String.init)
    }

    @Test(
        arguments: [
            ("confirm_interval: 1s, failure_threshold: 1", 1), ("failure_threshold: 1", 0),
            ("confirm_interval: 1s", 0), ("confirm_interval: 1s, failure_threshold: 1, success_threshold: 2", 0),
        ]
    )
    func aConfirmIntervalWithNothingToConfirmIsTold(keys: String, count: Int) throws {
        let found = try Self.warnings(ConfigurationText.check(keys))
        #expect(found.count == count, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("c: warning: t: confirm_interval has no effect") }, "\(found)")
    }

    @Test(
        arguments: [
            ("", "", 0), ("", "impact: optional, ", 1), ("", "impact: informational, ", 1),
            ("impact: optional, ", "impact: informational, ", 0),
        ]
    )
    func aPageThatIsNotLeftToAWarningIsTold(impact: String, impactOfCause: String, count: Int) throws {
        let checks = "checks: {t: {kind: tcp, address: \"h:1\"}}"
        let found = try Self.warnings(
            "components:\n  app: {\(impact)depends_on: [net], \(checks)}\n  net: {\(impactOfCause)\(checks)}\n"
        )
        #expect(found.count == count, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("app: warning: depends on net, which pages nobody") }, "\(found)")
    }

    @Test(
        arguments: [
            ("startup: result, ", "b: {kind: heartbeat, within: 10s}", 1),
            ("startup: healthy, ", "b: {kind: heartbeat, within: 10s, token: sesame}", 1),
            ("startup: false, ", "b: {kind: heartbeat, within: 10s}", 0), ("", "b: {kind: heartbeat, within: 10s}", 0),
            ("startup: result, ", "b: {kind: heartbeat, within: 10s}, m: {kind: memory}", 0),
        ]
    )
    func startupThatWaitsForNothingIsTold(key: String, checks: String, count: Int) throws {
        let found = try Self.warnings("components: {c: {\(key)checks: {\(checks)}}}\n")
        #expect(found.count == count, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("c: warning: `startup` has no effect") }, "\(found)")
    }

    @Test(
        arguments: [
            ("kind: tcp, address: '192.0.2.1:1', ip: v6", "rules out the IPv4 address in address"),
            ("kind: tcp, address: '[2001:db8::1]:1', ip: v4", "rules out the IPv6 address in address"),
            ("kind: http, url: 'http://192.0.2.1:80/x@y', ip: v6", "rules out the IPv4 address in url"),
            ("kind: postgres, url: 'postgres://u@[2001:db8::1]/d', ip: v4", "rules out the IPv6 address in url"),
            ("kind: dns, name: h, server: 192.0.2.1, ip: v6", "rules out the IPv4 address in server"),
            ("kind: tcp, address: '192.0.2.1:1', ip: v4", nil), ("kind: tcp, address: 'h:1', ip: v6", nil),
            ("kind: tcp, address: '192.0.2.1:1', ip: auto", nil), ("kind: tcp, address: '192.0.2.1:1'", nil),
            ("kind: http, url: 'http://[2001:db8::1]/', ip: v6", nil),
        ] as [(String, String?)]
    )
    func anAddressOfAnotherVersionIsTold(keys: String, problem: String?) throws {
        let found = try Self.warnings("components: {c: {checks: {t: {\(keys)}}}}\n")
        #expect(found.count == (problem == nil ? 0 : 1), "\(found)")
        if let problem { #expect(found.first?.contains(problem) == true, "\(found)") }
    }

    @Test(
        arguments: [
            ("kind: redis, url: 'redis://h', password: '${env:X}'", "abc", "the secret in password is shorter than 4"),
            ("kind: redis, url: 'redis://h', password: '${env:X}'", "abcd", nil),
            ("kind: heartbeat, within: 10s, token: abc", "", "the secret in token is shorter than 4 bytes"),
            ("kind: http, url: 'http://h/', bearer_token: é", "", "the secret in bearer_token is shorter"),
            ("kind: http, url: 'http://h/', basic_auth: {username: u, password: p}", "", "the secret in password is"),
            ("kind: http, url: 'http://h/', headers: {DNT: 1}", "", nil),
        ] as [(String, String, String?)]
    )
    func aSecretTooShortToBeTakenOutIsTold(keys: String, value: String, problem: String?) throws {
        let text = "components: {c: {checks: {t: {\(keys)}}}}\n"
        let found = try Self.warnings(text, environment: ["X": value])
        #expect(found.count == (problem == nil ? 0 : 1), "\(found)")
        if let problem { #expect(found.first?.contains(problem) == true, "\(found)") }
    }

    @Test func aShortSecretFileIsTold() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("k=1\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let command = "components: {c: {checks: {t: {kind: exec, command: [sh, '${file:\(file.path)}']}}}}\n"
        let found = try Self.warnings(command)
        #expect(found.count == 1 && found[0].contains("the secret in command is shorter than 4 bytes"), "\(found)")
    }
}
