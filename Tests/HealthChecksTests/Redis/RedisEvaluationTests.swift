import HealthCore
import Testing

@testable import HealthChecks

/// The report on what a Redis server says of itself, and the reasons of its errors.
struct RedisEvaluationTests {
    private static func report(
        _ text: String,
        memory: ThresholdPair<Double>? = nil,
        role: RedisSettings.Role? = nil,
        lag: ThresholdPair<Duration>? = nil,
        pingPeriod: Double = 10,
        refusal: String? = nil
    ) throws -> CheckReport {
        var settings = RedisSettings()
        settings.server = try RedisTarget("redis://h")
        (settings.memoryUsed, settings.role, settings.replicationLag) = (memory, role, lag)
        let state = RedisState(info: RedisInfo(Array(text.utf8)), pingPeriod: pingPeriod, refusal: refusal)
        return RedisEvaluation(settings: settings, seen: SeenText()).report(on: state)
    }

    private static let lag = ThresholdPair<Duration>(degraded: .seconds(30), unhealthy: .seconds(60))
    private static let memory = ThresholdPair(degraded: 0.8, unhealthy: 0.9)

    private static func replica(silent seconds: Int) -> String {
        "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:\(seconds)\r\n"
    }

    @Test(arguments: [
        ("role:master\r\nredis_version:7.2.4\r\n", "PONG, role master, version 7.2.4"),
        ("role:slave\r\nmaster_link_status:up\r\n", "PONG, role replica"), ("redis_version:7\r\n", "PONG, version 7"),
        ("", "PONG"),
    ])
    func theMessageNamesRoleAndVersionWhereTheyAreKnown(text: String, message: String) throws {
        let report = try Self.report(text)
        #expect(report.verdict == .success && report.message == message)
        let details = report.details.map { "\($0.name) \($0.value)" }
        #expect((["PONG"] + details).joined(separator: ", ") == message)
    }

    @Test func everythingKnownIsMeasured() throws {
        let report = try Self.report(
            "connected_clients:3\r\nused_memory:10\r\nmaxmemory:40\r\n" + Self.replica(silent: 50)
        )
        let values = report.measured.map { "\($0.measurement.name) \($0.value)" }
        #expect(
            values == [
                "health_redis_connected_clients 3.0", "health_redis_memory_used_bytes 10.0",
                "health_redis_memory_used_ratio 0.25", "health_redis_replication_lag_seconds 50.0",
            ]
        )
        #expect(try Self.report("used_memory:10\r\nmaxmemory:0\r\n").measured.map(\.value) == [10])
    }

    @Test(
        arguments: [
            (79, .success, "PONG"), (80, .degraded(.threshold), "80 % of maxmemory used"),
            (90, .failure(.threshold), "90 % of maxmemory used"),
            (250, .failure(.threshold), "250 % of maxmemory used"),
        ] as [(Int, CheckReport.Verdict, String)]
    )
    func memoryIsEvaluatedByItsRatio(used: Int, verdict: CheckReport.Verdict, message: String) throws {
        let text = "used_memory:\(used)\r\nmaxmemory:100\r\n"
        let report = try Self.report(text, memory: Self.memory)
        #expect(report.verdict == verdict && report.message == message)
        #expect(try Self.report(text).verdict == .success)
    }

    @Test func memoryWithoutALimitMeetsNoThreshold() throws {
        #expect(try Self.report("used_memory:1000\r\nmaxmemory:0\r\n", memory: Self.memory).verdict == .success)
    }

    @Test(
        arguments: [
            ("role:master", .master, .success), ("role:slave", .replica, .success),
            ("role:slave", .master, .failure(.assertion)), ("role:master", .replica, .failure(.assertion)),
            ("role:sentinel", .master, .failure(.assertion)),
        ] as [(String, RedisSettings.Role, CheckReport.Verdict)]
    )
    func theServerMustHaveTheRole(text: String, role: RedisSettings.Role, verdict: CheckReport.Verdict) throws {
        let report = try Self.report(text, role: role)
        #expect(report.verdict == verdict)
        #expect(report.message.contains("not \(role.rawValue)") == (verdict != .success))
    }

    @Test(
        arguments: [
            (11, 10, .success, "PONG, role replica"), (35, 10, .degraded(.threshold), "35.0 s behind"),
            (35, 60, .success, "PONG, role replica"), (60, 10, .failure(.threshold), "60.0 s behind"),
        ] as [(Int, Double, CheckReport.Verdict, String)]
    )
    func lagIsEvaluatedOnceAPingIsOverdue(
        silence: Int,
        period: Double,
        verdict: CheckReport.Verdict,
        message: String
    ) throws {
        let report = try Self.report(Self.replica(silent: silence), lag: Self.lag, pingPeriod: period)
        #expect(report.verdict == verdict && report.message == message)
    }

    @Test func aReplicaWithoutItsPrimaryIsNotServing() throws {
        let text = "role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:5\r\n"
        let report = try Self.report(text, lag: Self.lag)
        #expect(report.verdict == .failure(.notServing) && report.message == "the link to the primary is down")
        #expect(report.measured.map(\.value) == [5])
        #expect(try Self.report(text).verdict == .success)
    }

    @Test func theFirstOfTheWorstFindingsGivesTheMessage() throws {
        let text = "used_memory:95\r\nmaxmemory:100\r\n" + Self.replica(silent: 40)
        let report = try Self.report(text, memory: Self.memory, role: .master, lag: Self.lag)
        #expect(report.verdict == .failure(.assertion) && report.message == "the server is replica, not master")
        let degraded = try Self.report(text, memory: ThresholdPair(degraded: 0.9, unhealthy: nil), lag: Self.lag)
        #expect(degraded.verdict == .degraded(.threshold) && degraded.message == "95 % of maxmemory used")
    }

    @Test(arguments: [
        "used_memory:1e300\r\nmaxmemory:1\r\n", replica(silent: 1) + "master_last_io_seconds_ago:1e300\r\n",
    ])
    func numbersBeyondEveryRangeMeetTheThresholds(text: String) throws {
        let report = try Self.report(text, memory: Self.memory, lag: Self.lag)
        #expect(report.verdict == .failure(.threshold))
    }

    @Test func aRefusalIsADetail() throws {
        let report = try Self.report("", refusal: "INFO was answered with NOPERM")
        #expect(report.details == [.init("not told", "INFO was answered with NOPERM")])
    }

    @Test(
        arguments: [
            ("NOPERM this user has no permissions", "INFO", .authentication), ("NOAUTH x", "PING", .authentication),
            ("WRONGPASS x", "AUTH", .authentication),
            ("DENIED Redis is running in protected mode", "PING", .authentication),
            ("LOADING x", "PING", .notServing), ("MASTERDOWN x", "PING", .notServing), ("BUSY x", "PING", .notServing),
            ("READONLY", "PING", .notServing), ("CLUSTERDOWN x", "PING", .notServing),
            ("NOREPLICAS x", "PING", .notServing), ("TRYAGAIN x", "PING", .notServing),
            ("MISCONF x", "PING", .notServing), ("ERR max number of clients reached", "PING", .notServing),
            ("ERR Client sent AUTH, but no password is set", "AUTH", .authentication),
            ("ERR unknown command", "PING", .protocolError), ("LOADINGx", "PING", .protocolError),
            ("", "PING", .protocolError),
        ] as [(String, String, FailureReason)]
    )
    func anErrorHasTheReasonOfItsFirstWord(text: String, command: String, reason: FailureReason) {
        let failure = RedisReasons.failure(of: text, answering: command)
        #expect(failure.reason == reason && failure.message.hasPrefix("\(command) was answered with \(text)"))
        #expect(failure.message.hasSuffix("; allow the user +info (ACL SETUSER)") == text.hasPrefix("NOPERM"))
    }
}
