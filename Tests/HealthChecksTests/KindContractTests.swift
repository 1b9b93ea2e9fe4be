import HealthCore
import Testing

@testable import HealthChecks

/// What every kind holds to, whatever it looks at.
struct KindContractTests {
    /// A kind with keys that make it talk to a port of this machine, or look at something that is there.
    struct Subject: Sendable, CustomTestStringConvertible {
        let kind: CheckKind
        var keys: @Sendable (Int) -> [(String, SettingNode)]
        /// Whether it waits for a server, and so can be kept waiting.
        var waits = true

        var testDescription: String { kind.name }
    }

    private static func text(_ key: String, _ value: @escaping @Sendable (Int) -> String) -> Subject.Keys {
        { port in [(key, .text(value(port)))] }
    }

    static let subjects: [Subject] = [
        Subject(kind: HTTPCheck.kind, keys: text("url") { "http://127.0.0.1:\($0)/" }),
        Subject(kind: TLSCheck.kind, keys: text("address") { "127.0.0.1:\($0)" }),
        Subject(kind: GRPCCheck.kind, keys: text("address") { "127.0.0.1:\($0)" }),
        Subject(kind: RedisCheck.kind, keys: text("url") { "redis://127.0.0.1:\($0)" }),
        Subject(kind: PostgresCheck.kind, keys: text("url") { "postgres://u@127.0.0.1:\($0)/d" }),
        Subject(kind: MemcachedCheck.kind, keys: text("address") { "127.0.0.1:\($0)" }),
        Subject(kind: TCPCheck.kind) { port in
            let steps = [("send", "hi"), ("expect", "hello")].map { key, value in
                SettingNode.map([.init(key: key, position: .start, value: .text(value))], .start)
            }
            return [("address", .text("127.0.0.1:\(port)")), ("dialogue", .list(steps, .start))]
        },
        Subject(kind: ExecCheck.kind, keys: { _ in [("command", .list([.text("sleep"), .text("60")], .start))] }),
        Subject(kind: DiskCheck.kind, keys: text("path") { _ in "/" }, waits: false),
        Subject(kind: MemoryCheck.kind, keys: { _ in [] }, waits: false),
        Subject(kind: FileCheck.kind, keys: text("path") { _ in "/proc/self/status" }, waits: false),
        Subject(kind: HeartbeatCheck.kind, keys: text("within") { _ in "1h" }, waits: false),
        Subject(kind: RuntimeCheck.kind, keys: { _ in [] }, waits: false),
        Subject(
            kind: EnvironmentCheck.kind,
            keys: { _ in [("files", .list([.text("/proc/self/status")], .start))] },
            waits: false
        ),
    ]

    private static func check(_ subject: Subject, port: Int) throws -> any HealthCheck {
        let problems = SettingProblems()
        let node = SettingNode.map(
            subject.keys(port).map { .init(key: $0.0, position: .start, value: $0.1) },
            .start
        )
        let reader = SettingsReader(node, path: "check", keys: subject.kind.keys, problems: problems)
        return try #require(subject.kind.make(reader, KindRun.resources()), "\(problems.all)")
    }

    @Test func everyKindIsHere() {
        // dns and icmp have their own way to a server: the table of faults and the tests with name servers cover them.
        let missing = Set(CheckCatalog.kinds.map(\.name)).subtracting(Self.subjects.map(\.kind.name))
        #expect(missing == ["dns", "icmp"])
    }

    @Test(.timeLimit(.minutes(1)), arguments: subjects.filter(\.waits))
    func endsAtItsDeadlineAndReturnsSoonAfter(subject: Subject) async throws {
        let server = try await FaultServer(.silence)
        let check = try Self.check(subject, port: server.port)
        // Comes back only when the check itself has: the run was cancelled, not abandoned.
        // PostgreSQL begins by asking for TLS.
        let beginsWithTLS = ["tls", "postgres"].contains(subject.kind.name)
        let phase: RunPhase? = !check.connects ? nil : beginsWithTLS ? .tls : .processing
        let result = await KindRun.runToDeadline(check, once: phase)
        #expect(result.outcome == .timeout && result.duration == .seconds(2), "\(result.message)")
        #expect(result.message.utf8.count <= RunResult.maximumMessageBytes)
        try await server.stop()
    }

    @Test(arguments: subjects.filter { $0.waits && $0.kind.name != "exec" })
    func saysThatNothingListens(subject: Subject) async throws {
        let server = try await FaultServer(.silence)
        let check = try Self.check(subject, port: server.port)
        try await server.stop()
        let result = try #require(await KindRun.run(check))
        #expect(result.outcome == .failure && result.reason == .connectRefused, "\(result.message)")
        let phases = try #require(result.phases)
        #expect(check.connects && phases[.connect] > .zero)
    }

    @Test(arguments: subjects.filter { $0.waits && $0.kind.name != "exec" })
    func takesNoGarbageForAnAnswer(subject: Subject) async throws {
        let server = try await FaultServer(.answer(String(repeating: "\u{0}\u{1f}<>{}garbage\r\n", count: 10_000)))
        let check = try Self.check(subject, port: server.port)
        let result = try #require(await KindRun.run(check))
        let isExpected = [.failure, .timeout].contains(result.outcome) && result.reason != .error
        #expect(isExpected, "\(result.outcome) \(result.reason?.rawValue ?? "-") \(result.message)")
        try await server.stop()
    }

    @Test(arguments: subjects.filter { !$0.waits })
    func measuresOnlyWhatItDeclares(subject: Subject) async throws {
        let check = try Self.check(subject, port: 0)
        // Until it beats for the first time it has nothing to report.
        (check as? HeartbeatCheck)?.heartbeat.beat()
        let result = try #require(await KindRun.run(check))
        #expect(result.outcome == .success, "\(result.message)")
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

extension KindContractTests.Subject {
    typealias Keys = @Sendable (Int) -> [(String, SettingNode)]
}

extension SettingPosition {
    /// The first place of a file.
    static let start = SettingPosition(line: 1, column: 1)
}
