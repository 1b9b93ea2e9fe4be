import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// Random mutants of what Redis and PostgreSQL answer: no verdict that the answers don't bear, no crash, nothing after the deadline.
@Suite(.serialized)
struct MutantTests {
    private static let count = 200
    private static let timeout = Duration.seconds(1)
    /// Most runs wait for their deadline, which costs nothing; as many as there are threads for blocking calls.
    private static let sideBySide = 16

    private static func info(_ role: String) -> [UInt8] {
        let text = "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nused_memory:1000\r\nmaxmemory:0\r\n" + role
        return Array("$\(text.utf8.count)\r\n\(text)\r\n".utf8)
    }

    /// PING, INFO and CONFIG GET, as an idle replica answers them.
    private static let redis: [[UInt8]] = [
        Array("+PONG\r\n".utf8),
        info("role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:4\r\n"),
        Array("*2\r\n$24\r\nrepl-ping-replica-period\r\n$2\r\n10\r\n".utf8),
    ]

    /// No TLS, no password, SELECT 1, connections and replication of a standby that is caught up.
    private static let postgres: [[UInt8]] = [
        PostgresMessages.noTLS, PostgresMessages.login(),
        PostgresMessages.row(["1"]), PostgresMessages.row(["3", "97"]),
        PostgresMessages.row(["t", "1", "t", "300.5", "0", "0", nil]),
    ]

    private static let resources = KindRun.resources(blockingThreads: sideBySide)

    private static let subjects = [
        ("redis", "redis://127.0.0.1:PORT", redis), ("postgres", "postgres://u@127.0.0.1:PORT/d", postgres),
    ]

    private static func mutant(_ answers: [[UInt8]], _ random: inout SeededGenerator) -> TurnServer.Mutant {
        let turn = Int.random(in: answers.indices, using: &random)
        let size = answers[turn].count
        let change: TurnServer.Mutant.Change =
            switch Int.random(in: 0..<8, using: &random) {
            case 0: .whole
            case 1: .dribbled
            case 2...4: .cut(Int.random(in: 0..<size, using: &random))
            case 5: .repeated(Int.random(in: 1...size, using: &random))
            default: .flipped(Int.random(in: 0..<size, using: &random), UInt8.random(in: 1...255, using: &random))
            }
        let end = TurnServer.Mutant.End.allCases.randomElement(using: &random) ?? .silence
        return .init(turn: turn, change: change, end: end)
    }

    private static func map(_ pairs: [(String, String)]) -> SettingNode {
        .map(pairs.map { .init(key: $0.0, position: .start, value: .text($0.1)) }, .start)
    }

    private static func run(
        _ kind: String,
        url: String,
        answers: [[UInt8]],
        _ mutant: TurnServer.Mutant
    ) async throws -> RunResult {
        let server = try await TurnServer(answers, mutant)
        var keys: [(String, SettingNode)] = [
            ("url", .text(url.replacing("PORT", with: "\(server.port)"))),
            ("replication_lag", map([("unhealthy", "1m")])),
        ]
        if kind == "postgres" { keys.append(("connections_used", map([("unhealthy", "90%")]))) }
        let made = KindRun.make(kind, keys, resources)
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await KindRun.run(check, timeout: timeout))
        try await server.stop()
        return result
    }

    /// Checks a result against its mutant; 1 for a success.
    private static func evaluate(_ result: RunResult, of mutant: TurnServer.Mutant, seed: UInt64) -> Int {
        let said = "seed \(seed), \(mutant): \(result.kind) \(result.message)"
        // A machine too busy to notice the deadline is no fault of the kind.
        #expect(result.kind == .internal || result.duration <= timeout, "\(said)")
        #expect(result.kind == .success ? !mutant.isCut : result.reason != nil, "\(said)")
        #expect(result.reason != .error, "\(said)")
        return result.kind == .success ? 1 : 0
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: subjects
    )
    func noMutantOfAnAnswerIsTakenForAnother(kind: String, url: String, answers: [[UInt8]]) async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("mutants of \(kind) with seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let mutants = (0..<Self.count).map { _ in Self.mutant(answers, &random) }
        var successes = 0
        try await withThrowingTaskGroup(of: (TurnServer.Mutant, RunResult).self) { group in
            for (index, mutant) in mutants.enumerated() {
                if index >= Self.sideBySide, let (mutant, result) = try await group.next() {
                    successes += Self.evaluate(result, of: mutant, seed: seed)
                }
                group.addTask { (mutant, try await Self.run(kind, url: url, answers: answers, mutant)) }
            }
            for try await (mutant, result) in group { successes += Self.evaluate(result, of: mutant, seed: seed) }
        }
        #expect(successes > 0, "seed \(seed)")
    }

    /// The answers themselves are good ones: else no mutant would show anything.
    @Test(arguments: subjects)
    func theAnswersThatMutateAreHealthy(kind: String, url: String, answers: [[UInt8]]) async throws {
        let whole = TurnServer.Mutant(turn: 0, change: .whole, end: .nextAnswers)
        let server = try await TurnServer(answers, whole)
        let url = url.replacing("PORT", with: "\(server.port)")
        let made = KindRun.make(kind, [("url", .text(url)), ("replication_lag", Self.map([("unhealthy", "1m")]))])
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await KindRun.run(check))
        #expect(result.kind == .success, "\(result.message)")
        let lag = result.measured.first { $0.measurement.name.hasSuffix("_replication_lag_seconds") }
        #expect(lag?.value == 0)
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(5)))
    func aHungPostgresServerGivesItsThreadBack() async throws {
        let (resources, server) = (KindRun.resources(), try await FaultServer(.silence))
        let made = KindRun.make("postgres", [("url", .text("postgres://u@127.0.0.1:\(server.port)/d"))], resources)
        let check = try #require(made.check, "\(made.problems)")
        for _ in 0..<3 {
            #expect(await KindRun.runToDeadline(check, once: .tls).kind == .timeout)
        }
        while resources.blockingPool.busyRatio > 0 { try await Task.sleep(for: .milliseconds(5)) }
        try await server.stop()
    }

    @Test(arguments: [("redis", "redis://127.0.0.1:PORT"), ("postgres", "postgres://u@127.0.0.1:PORT/d")])
    func messagesNameTheAddress(kind: String, url: String) async throws {
        let port = try await ClosedPort.next()
        let made = KindRun.make(kind, [("url", .text(url.replacing("PORT", with: "\(port)")))])
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await KindRun.run(check))
        #expect(result.reason == .connectRefused && result.message == "127.0.0.1:\(port): Connection refused")
    }
}
