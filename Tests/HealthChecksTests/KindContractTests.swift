import HealthCore
import Testing

@testable import HealthChecks

/// What every kind holds to, whatever it looks at.
struct KindContractTests {
    /// A kind with keys that make it talk to a port of this machine, or look at something that is there.
    struct Subject: Sendable, CustomTestStringConvertible {
        let kind: CheckKind

        var testDescription: String { kind.name }

        /// Whether it waits for a server or a command, and so can be kept waiting.
        var waits: Bool { isServed || kind.name == ExecCheck.kind.name }

        /// Whether it connects to a server.
        var isServed: Bool { (try? KindContractTests.check(self, port: 1))?.connects ?? false }

        /// The keys that must be given, each with a value of its form; a few kinds need another value or do too little with these.
        func keys(port: Int) -> [(String, SettingNode)] {
            let required = kind.keys.filter(\.isRequired).compactMap { key in
                Self.value(of: key.shape, port: port).map { (key.name, SettingNode.text($0)) }
            }
            let special = Self.special(kind.name, port: port)
            return required.filter { key in !special.contains { $0.0 == key.0 } } + special
        }

        private static func value(of shape: SettingShape, port: Int) -> String? {
            switch shape {
            case .address: "127.0.0.1:\(port)"
            case .url(let schemes): schemes.first.map { "\($0)://127.0.0.1:\(port)" }
            case .path: "/proc/self/status"
            case .duration: "1h"
            default: nil
            }
        }

        private static func special(_ kind: String, port: Int) -> [(String, SettingNode)] {
            switch kind {
            case PostgresCheck.kind.name: return [("url", .text("postgres://u@127.0.0.1:\(port)/d"))]
            case TCPCheck.kind.name:
                let steps = [("send", "hi"), ("expect", "hello")].map { key, value in
                    SettingNode.map([.init(key: key, position: .start, value: .text(value))], .start)
                }
                return [("dialogue", .list(steps, .start))]
            case ExecCheck.kind.name: return [("command", .list([.text("sleep"), .text("60")], .start))]
            case EnvironmentCheck.kind.name: return [("files", .list([.text("/proc/self/status")], .start))]
            default: return []
            }
        }
    }

    /// Kinds with datagrams have their own way to a server: the table of faults and the tests with name servers cover them.
    private static let withDatagrams: Set = [DNSCheck.kind.name, ICMPCheck.kind.name]

    /// Every other kind of the catalogue, and one that a program adds.
    static let subjects = (CheckCatalog.kinds.filter { !withDatagrams.contains($0.name) } + [MemcachedCheck.kind])
        .map { Subject(kind: $0) }

    private static func check(_ subject: Subject, port: Int) throws -> any HealthCheck {
        let problems = SettingProblems()
        let node = SettingNode.map(
            subject.keys(port: port).map { .init(key: $0.0, position: .start, value: $0.1) },
            .start
        )
        let reader = SettingsReader(node, path: "check", keys: subject.kind.keys, problems: problems)
        return try #require(subject.kind.make(reader, KindRun.resources()), "\(problems.all)")
    }

    @Test(arguments: subjects)
    func measuresOnlyWhatItsKindDeclares(subject: Subject) throws {
        let measurements = try Self.check(subject, port: 1).measurements
        #expect(Set(measurements).isSubset(of: subject.kind.measurements))
    }

    @Test(.timeLimit(.minutes(5)), arguments: subjects.filter(\.waits))
    func endsAtItsDeadlineAndReturnsSoonAfter(subject: Subject) async throws {
        let server = try await FaultServer(.silence)
        let check = try Self.check(subject, port: server.port)
        // Comes back only when the check itself has: the run was cancelled, not abandoned.
        // PostgreSQL begins by asking for TLS.
        let beginsWithTLS = ["tls", "postgres"].contains(subject.kind.name)
        let phase: RunPhase? = !check.connects ? nil : beginsWithTLS ? .tls : .processing
        let result = await KindRun.runToDeadline(check, once: phase)
        #expect(result.kind == .timeout && result.duration == .seconds(2), "\(result.message)")
        #expect(result.message.utf8.count <= RunResult.maximumMessageBytes)
        try await server.stop()
    }

    @Test(arguments: subjects.filter(\.isServed))
    func saysThatNothingListens(subject: Subject) async throws {
        let check = try Self.check(subject, port: try await ClosedPort.next())
        let result = try #require(await KindRun.run(check))
        #expect(result.kind == .failure && result.reason == .connectRefused, "\(result.message)")
        let phases = try #require(result.phases)
        #expect(check.connects && phases[.connect] > .zero)
    }

    @Test(arguments: subjects.filter(\.isServed))
    func takesNoGarbageForAnAnswer(subject: Subject) async throws {
        let server = try await FaultServer(.answer(String(repeating: "\u{0}\u{1f}<>{}garbage\r\n", count: 10_000)))
        let check = try Self.check(subject, port: server.port)
        let result = try #require(await KindRun.run(check))
        let isExpected = [.failure, .timeout].contains(result.kind) && result.reason != .error
        #expect(isExpected, "\(result.kind) \(result.reason?.rawValue ?? "-") \(result.message)")
        try await server.stop()
    }

    @Test(arguments: subjects.filter { !$0.waits })
    func measuresOnlyWhatItDeclares(subject: Subject) async throws {
        let check = try Self.check(subject, port: 0)
        // Until it beats for the first time it has nothing to report.
        (check as? HeartbeatCheck)?.heartbeat.beat()
        let result = try #require(await KindRun.run(check))
        #expect(result.kind == .success, "\(result.message)")
        #expect(!result.measured.isEmpty)
        #expect(result.measured.allSatisfy { check.measurements.contains($0.measurement) && $0.value.isFinite })
        #expect(!check.connects && result.phases == nil)
    }

    @Test func namesOfMeasurementsAreTheirKindsOwn() throws {
        for subject in Self.subjects {
            for measurement in try Self.check(subject, port: 1).measurements {
                #expect(
                    measurement.name.hasPrefix("health_") && !measurement.help.isEmpty
                        && measurement.help.hasSuffix(".")
                )
            }
        }
    }

    @Test func detailsAndMessagesAreCut() {
        let details = (0..<1000).map { CheckReport.Detail("n\($0)", String(repeating: "ä", count: 10_000)) }
        let cut = RunResult.cut(details)
        #expect(cut.count == RunResult.maximumDetails)
        #expect(cut.allSatisfy { $0.value.utf8.count <= RunResult.maximumDetailBytes && $0.value.hasSuffix("ä…") })
        let result = RunResult(
            .failure,
            message: String(repeating: "ä", count: 10_000),
            duration: .zero,
            traceID: TraceID(high: 0, low: 1),
            moment: .zero,
            timestamp: Timestamp(nanosecondsSinceEpoch: 0)
        )
        #expect(result.message.utf8.count <= RunResult.maximumMessageBytes && result.message.hasSuffix("ä…"))
    }
}

extension SettingPosition {
    /// The first place of a file.
    static let start = SettingPosition(line: 1, column: 1)
}
