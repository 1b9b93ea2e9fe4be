import HealthCore
import HealthTesting
import NIOCore
import Testing

@testable import HealthChecks

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Threads, names and patterns.
struct ConnectionTests {
    @Test func manyMayCallForTheFirstThreadsAtOnce() async throws {
        for _ in 0..<20 {
            let pool = BlockingPool(threads: 2)
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 { group.addTask { try await pool.run(PhaseTimer(time: ManualTime())) { number } } }
                return try await group.reduce(0, +)
            }
            #expect(sum == 1225)
        }
    }

    @Test func aRunThatNeverGotAThreadIsTheExportersOwnTrouble() async throws {
        let phases = PhaseTimer(time: ManualTime())
        phases.setHeldUp(by: BlockingPool.Purpose.files.shortage)
        let registration = Registration.make(schedule: Schedule(interval: .seconds(10), timeout: .seconds(1)))
        let judge = RunJudge(run: registration, traceID: TraceID(high: 0, low: 1), start: .zero)
        let ruling = judge.ruling(on: .deadline(at: .seconds(1)), phases: phases, timestamp: .newYear2026)
        guard case .result(let result) = ruling else { preconditionFailure("a deadline is a result") }
        #expect(result.outcome == .internal && result.reason == .internal)
        #expect(result.message.contains("files and databases hang, or limits.blocking_threads is too small"))
        let lateRuling = judge.ruling(on: .deadline(at: .seconds(3)), phases: phases, timestamp: .newYear2026)
        guard case .result(let late) = lateRuling else { preconditionFailure("a deadline is a result") }
        #expect(late.outcome == .internal && late.message.contains("this process was starved, give it more CPU"))
    }

    @Test(
        arguments: [
            (EMFILE, "ulimit -n"), (ENFILE, "fs.file-max"), (ENOMEM, "memory limit"),
            (EADDRNOTAVAIL, "net.ipv4.ip_local_port_range"), (EAGAIN, "processes and threads"),
        ]
    )
    func ourOwnTroubleSaysWhatHelps(code: Int32, words: String) {
        let failure = NetworkReasons.failure(errno: code, "connecting")
        #expect(failure.reason == .internal && failure.message.contains(words))
    }

    @Test(
        arguments: [
            ("127.0.0.1", .auto, ["127.0.0.1"]), ("::1", .v6, ["::1"]), ("localhost", .v4, ["127.0.0.1"]),
        ] as [(String, IPVersion, [String])]
    )
    func resolves(host: String, version: IPVersion, expected: [String]) async throws {
        let resolver = Resolver(pool: BlockingPool(threads: 1))
        let addresses = try await resolver.addresses(of: host, port: 80, version, PhaseTimer(time: ManualTime()))
        #expect(addresses.compactMap(\.ipAddress) == expected && addresses.allSatisfy { $0.port == 80 })
    }

    @Test func namesThatDoNotExistAreNotFound() async throws {
        let resolver = Resolver(pool: BlockingPool(threads: 1))
        let failure = await #expect(throws: CheckFailure.self) {
            try await resolver.addresses(of: "no-such-host.invalid", port: 80, .auto, PhaseTimer(time: ManualTime()))
        }
        // Without any name server the system can't tell.
        #expect([.dnsNotFound, .dnsFailure].contains(failure?.reason))
        let wrong = await #expect(throws: CheckFailure.self) {
            try await resolver.addresses(of: "::1", port: 80, .v4, PhaseTimer(time: ManualTime()))
        }
        #expect(wrong?.reason == .dnsNotFound)
    }

    @Test(
        arguments: [
            ("a.c", "xxabcxx", .matches), ("^b", "abc", .differs), ("(?i)HELLO", "hello", .matches), ("", "", .matches),
            ("(a+)+$", String(repeating: "a", count: 40) + "b", .differs), ("^gr.n$", "grün", .matches),
            ("^[äö]$", "ö", .matches), ("\\x{20ac}", "5 €", .matches),
        ] as [(String, String, Pattern.Outcome)]
    )
    func patternsAreFoundInCharacters(pattern: String, text: String, outcome: Pattern.Outcome) throws {
        #expect(try Pattern(pattern).search(in: Array(text.utf8)) == outcome)
    }

    @Test func patternsWorkOnBytesThatAreNoText() throws {
        #expect(try Pattern("a\\xffb").search(in: [0x00, 0x61, 0xff, 0x62]) == .matches)
        #expect(try Pattern("^a.b$").search(in: [0x61, 0xff, 0x62]) == .matches)
        // The bytes of a character are found among others, too.
        #expect(try Pattern("é").search(in: [0xff, 0xc3, 0xa9]) == .matches)
        #expect(try Pattern("é").search(in: [0xff, 0xe9]) == .differs)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1536, 65_536])
    func aPatternOfManyRepetitionsEnds(count: Int) throws {
        let pattern = try Pattern("[a-z]*[a-z]*[a-z]*[a-z]*[0-9]")
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: count)
        #expect(try pattern.search(in: text) == .differs)
        #expect(try pattern.find(in: text + [UInt8(ascii: "7"), UInt8(ascii: "a")]) == .matches(end: count + 1))
        #expect(try pattern.find(in: [0xff] + text + [UInt8(ascii: "7")]) == .matches(end: count + 2))
        #expect(pattern.isQuick(count) == (count < 4096))
    }

    @Test(
        arguments: [
            ("(a", 0, "missing )"), ("[z-a]", 1, "range"), ("*", 0, "repetition"),
            ("a(?=b)", 1, "look-around such as `(?=`"), ("a(?<!b)", 1, "look-around"),
            ("(a)\\1", 3, "backreferences such as `\\1`"), ("(?P<n>a)\\k<n>", 8, "backreferences"),
            ("(?>a)", 0, "atomic groups"), ("((\\pL{50}){20}){1}", nil, "too large"),
        ] as [(String, Int?, String)]
    )
    func aBadPatternSaysWhatAndWhere(pattern: String, offset: Int?, words: String) {
        let problem = #expect(throws: Pattern.Problem.self) { try Pattern(pattern) }
        #expect(problem?.offset == offset && problem?.message.contains(words) == true, "\(String(describing: problem))")
    }

    @Test func aBackreferenceIsAnErrorOfTheConfiguration() {
        let keys = [("url", SettingNode.text("http://h/")), ("expect_body", SettingNode.text("(.)\\1"))]
        #expect(
            KindRun.make("http", keys).problems
                == ["expected an RE2 pattern: RE2 has no backreferences such as `\\1`, at character 4"]
        )
    }

    @Test(
        arguments: [
            (ECONNREFUSED, .connectRefused), (ETIMEDOUT, .connectTimeout), (ECONNRESET, .connectionReset),
            (EHOSTUNREACH, .unreachable),
            (ENETUNREACH, .unreachable), (EMFILE, .internal), (EADDRNOTAVAIL, .internal), (ENOMEM, .internal),
            (EXDEV, .error),
        ] as [(Int32, FailureReason)]
    )
    func systemErrorsHaveReasons(code: Int32, reason: FailureReason) {
        #expect(NetworkReasons.failure(errno: code, "").reason == reason)
    }
}
