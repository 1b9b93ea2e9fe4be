import HealthCore
import Testing

@testable import HealthChecks

/// The report on what a PostgreSQL server says of itself.
struct PostgresEvaluationTests {
    private static let lagThresholds = ThresholdPair<Duration>(degraded: .seconds(10), unhealthy: .seconds(60))

    private static func evaluation(
        connections: ThresholdPair<Double>? = nil,
        lag: ThresholdPair<Duration>? = nil,
        expected: String? = nil
    ) throws -> PostgresEvaluation {
        let settings = try PostgresSettings.example(
            connections: connections,
            lag: lag,
            expected: expected
        )
        return PostgresEvaluation(settings: settings, seen: SeenText())
    }

    private static func values(_ report: CheckReport) -> [String: Double] {
        Dictionary(uniqueKeysWithValues: report.measured.map { ($0.measurement.name, $0.value) })
    }

    @Test(
        arguments: [
            ("0", .success, "the query was answered"), ("79", .success, "the query was answered"),
            ("80", .degraded(.threshold), "80 of 100 connections are used"),
            ("94", .degraded(.threshold), "94 of 100 connections are used"),
            ("95", .failure(.threshold), "95 of 100 connections are used"),
            ("120", .failure(.threshold), "120 of 100 connections are used"),
            ("1e30", .failure(.threshold), "\(Int.max) of 100 connections are used"),
        ] as [(String, CheckReport.Verdict, String)]
    )
    func connectionsAreEvaluatedByTheirRatio(used: String, verdict: CheckReport.Verdict, message: String) throws {
        let state = PostgresState(connections: PostgresConnectionCount([used, "100"]))
        let report = try Self.evaluation().report(on: state)
        #expect(report.verdict == verdict && report.message == message)
        let number = try #require(Double(used))
        #expect(
            Self.values(report) == [
                "health_postgres_connections_used": number, "health_postgres_connections_limit": 100,
                "health_postgres_connections_used_ratio": number / 100,
            ]
        )
    }

    @Test(arguments: [[nil, "97"], ["3", nil], ["3", "0"], ["3", "-1"], ["x", "97"], ["nan", "97"], ["3"], []])
    func aRowThatCountsNoConnectionsIsUnreadable(values: [String?]) throws {
        #expect(PostgresConnectionCount(PostgresRow(values)) == nil)
        let report = try Self.evaluation(connections: ThresholdPair(degraded: nil, unhealthy: 0.9)).report(
            on: PostgresState()
        )
        #expect(report.verdict == .failure(.protocolError) && report.measured.isEmpty)
        #expect(report.message == "the server's answer about its connections has another form")
        #expect(try Self.evaluation().report(on: PostgresState()).verdict == .success)
    }

    @Test(
        arguments: [
            (0, .success, "the query was answered"), (9.5, .success, "the query was answered"),
            (10, .degraded(.threshold), "10.0 s behind"), (59.5, .degraded(.threshold), "59.5 s behind"),
            (60, .failure(.threshold), "60.0 s behind"), (1e300, .failure(.threshold), "1e+300 s behind"),
        ] as [(Double, CheckReport.Verdict, String)]
    )
    func lagIsEvaluatedByItsThresholds(lag: Double, verdict: CheckReport.Verdict, message: String) throws {
        let replication = try #require(PostgresReplication(["f", "0", nil, nil, "1", "1", "0"]))
        let state = PostgresState(replication: replication, lag: lag)
        let report = try Self.evaluation(lag: Self.lagThresholds).report(on: state)
        #expect(report.verdict == verdict && report.message == message)
        #expect(Self.values(report) == ["health_postgres_replication_lag_seconds": lag])
        #expect(try Self.evaluation().report(on: state).verdict == .success)
    }

    @Test(
        arguments: [
            (["t", "0", "t", "5", "0", "0", nil], .notServing, "the standby does not stream from its primary"),
            (
                ["f", "0", nil, nil, "2", "1", "0"], .authentication,
                "the user u may not look at replication; grant it pg_monitor"
            ),
            (
                ["f", "0", nil, nil, "2", nil, "0"], .authentication,
                "the user u may not look at replication; grant it pg_monitor"
            ),
        ] as [([String?], FailureReason, String)]
    )
    func brokenReplicationFailsOnlyWithAThreshold(row: [String?], reason: FailureReason, message: String) throws {
        let state = PostgresState(replication: PostgresReplication(PostgresRow(row)))
        let report = try Self.evaluation(lag: Self.lagThresholds).report(on: state)
        #expect(report.verdict == .failure(reason) && report.message == message)
        #expect(try Self.evaluation().report(on: state).verdict == .success)
    }

    @Test func anUnreadableAnswerFailsOnlyTheKeyThatNeedsIt() throws {
        let needing: [(String, SettingNode)] = [
            ("connections_used", .map([("unhealthy", "90%")])), ("replication_lag", .map([("unhealthy", "1m")])),
            ("migration", .map([("table", "t"), ("column", "c"), ("expect", "1")])),
        ]
        for keys in [[]] + needing.map({ [$0] }) {
            let made = KindRun.make("postgres", [("url", .text("postgres://u@h/d"))] + keys)
            let check = try #require(made.check as? PostgresCheck, "\(made.problems)")
            let expected: CheckReport.Verdict = keys.isEmpty ? .success : .failure(.protocolError)
            #expect(check.evaluation.report(on: PostgresState()).verdict == expected, "\(keys.map(\.0))")
        }
    }

    @Test func theLagOfAStandbyThatDoesNotStreamIsMeasured() throws {
        let replication = PostgresReplication(["t", "0", "t", "90", "0", "0", nil])
        let report = try Self.evaluation().report(on: PostgresState(replication: replication, lag: 90))
        #expect(Self.values(report) == ["health_postgres_replication_lag_seconds": 90])
    }

    @Test(
        arguments: [
            (["1", "7"], .success, "the query was answered"), (["3", "9"], .success, "the query was answered"),
            (["0", "6"], .failure(.assertion), "the schema has no version 7; its last is 6"),
            (["0", nil], .failure(.assertion), "the schema has no version 7; its last is none"),
            ([nil, "7"], .failure(.protocolError), "the server's answer about its versions has another form"),
            (["1"], .failure(.protocolError), "the server's answer about its versions has another form"),
        ] as [([String?], CheckReport.Verdict, String)]
    )
    func theSchemaMustHaveTheExpectedVersion(row: [String?], verdict: CheckReport.Verdict, message: String) throws {
        let state = PostgresState(schema: PostgresSchemaVersion(PostgresRow(row)))
        let report = try Self.evaluation(expected: "7").report(on: state)
        #expect(report.verdict == verdict && report.message == message && report.measured.isEmpty)
        #expect(try Self.evaluation().report(on: state).verdict == .success)
    }

    @Test func aLongVersionIsCutInTheMessage() throws {
        let row = PostgresRow(["0", String(repeating: "9", count: 500)])
        let report = try Self.evaluation(expected: "7").report(on: PostgresState(schema: PostgresSchemaVersion(row)))
        #expect(report.message.utf8.count < 200 && report.message.hasSuffix("9…"))
    }

    @Test func theWorstFindingGivesTheMessageAndAllAreMeasured() throws {
        let state = PostgresState(
            schema: PostgresSchemaVersion(["0", "6"]),
            connections: PostgresConnectionCount(["85", "100"]),
            replication: PostgresReplication(["f", "0", nil, nil, "1", "1", "20"]),
            lag: 20,
            refusals: ["permission denied"]
        )
        let all = try Self.evaluation(lag: Self.lagThresholds, expected: "7").report(on: state)
        #expect(all.verdict == .failure(.assertion) && all.message == "the schema has no version 7; its last is 6")
        #expect(all.measured.count == 4 && all.details == [.init("not told", "permission denied")])
        // Of two that are as bad the first one.
        let degraded = try Self.evaluation(lag: Self.lagThresholds).report(on: state)
        #expect(degraded.verdict == .degraded(.threshold) && degraded.message == "85 of 100 connections are used")
    }
}
