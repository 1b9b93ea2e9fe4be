import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// Random mutants of what Redis and PostgreSQL answer: no verdict that the answers don't bear, no crash, nothing after the deadline.
@Suite(.serialized)
struct MutantTests {
    private static let count = 200
    private static let timeout = Duration.milliseconds(400)
    /// Fewer than the threads for blocking calls.
    private static let sideBySide = 4

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

    private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func message(_ kind: Character, _ body: [UInt8]) -> [UInt8] {
        Array(String(kind).utf8) + bytes(body.count + 4, 4) + body
    }

    /// A row as the simple protocol answers it (protocol-message-formats).
    private static func row(_ values: [String?]) -> [UInt8] {
        let column = Array("c\0".utf8) + bytes(0, 6) + bytes(25, 4) + bytes(-1, 2) + bytes(-1, 4) + [0, 0]
        let columns = values.flatMap { _ in column }
        let fields = values.flatMap { $0.map { bytes($0.utf8.count, 4) + Array($0.utf8) } ?? bytes(-1, 4) }
        return message("T", bytes(values.count, 2) + columns) + message("D", bytes(values.count, 2) + fields)
            + message("C", Array("SELECT 1\0".utf8)) + message("Z", Array("I".utf8))
    }

    /// No TLS, no password, SELECT 1, connections and replication of a standby that is caught up.
    private static let postgres: [[UInt8]] = [
        Array("N".utf8),
        message("R", bytes(0, 4)) + message("S", Array("server_version\015.1\0".utf8))
            + message("K", bytes(7, 8)) + message("Z", Array("I".utf8)),
        row(["1"]), row(["3", "97"]), row(["t", "1", "t", "300.5", "0", "0", nil]),
    ]

    private static let resources = KindRun.resources()

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
        for start in stride(from: 0, to: mutants.count, by: Self.sideBySide) {
            let batch = mutants[start..<min(start + Self.sideBySide, mutants.count)]
            try await withThrowingTaskGroup(of: (TurnServer.Mutant, RunResult).self) { group in
                for mutant in batch {
                    group.addTask { (mutant, try await Self.run(kind, url: url, answers: answers, mutant)) }
                }
                for try await (mutant, result) in group {
                    let said = "seed \(seed), \(mutant): \(result.outcome) \(result.message)"
                    // A machine too busy to notice the deadline is no fault of the kind.
                    #expect(result.outcome == .internal || result.duration <= Self.timeout, "\(said)")
                    #expect(result.outcome == .success ? !mutant.isCut : result.reason != nil, "\(said)")
                    #expect(result.reason != .error, "\(said)")
                    if result.outcome == .success { successes += 1 }
                }
            }
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
        #expect(result.outcome == .success, "\(result.message)")
        let lag = result.measured.first { $0.measurement.name.hasSuffix("_replication_lag_seconds") }
        #expect(lag?.value == 0)
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func aHungPostgresServerGivesItsThreadBack() async throws {
        let (resources, server) = (KindRun.resources(), try await FaultServer(.silence))
        let made = KindRun.make("postgres", [("url", .text("postgres://u@127.0.0.1:\(server.port)/d"))], resources)
        let check = try #require(made.check, "\(made.problems)")
        for _ in 0..<3 {
            #expect(await KindRun.runToDeadline(check, once: .tls).outcome == .timeout)
        }
        while resources.blockingPool.busyRatio > 0 { try await Task.sleep(for: .milliseconds(5)) }
        try await server.stop()
    }

    @Test(arguments: [("redis", "redis://127.0.0.1:PORT"), ("postgres", "postgres://u@127.0.0.1:PORT/d")])
    func messagesNameTheAddress(kind: String, url: String) async throws {
        let server = try await FaultServer(.silence)
        let port = server.port
        try await server.stop()
        let made = KindRun.make(kind, [("url", .text(url.replacing("PORT", with: "\(port)")))])
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await KindRun.run(check))
        #expect(result.reason == .connectRefused && result.message == "127.0.0.1:\(port): Connection refused")
    }
}
