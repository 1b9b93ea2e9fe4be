import HealthCore
import HealthTesting
import NIOCore
import Testing

@testable import HealthChecks

/// How far behind a replica is, from what it says of itself.
struct ReplicationTests {
    private static func standby(
        streams: Bool = true,
        hasReplayedAll: Bool,
        sinceReplay: String? = nil
    ) throws -> PostgresReplication {
        try #require(
            PostgresReplication(["t", streams ? "1" : "0", hasReplayedAll ? "t" : "f", sinceReplay, "0", "0", nil])
        )
    }

    @Test func aStandbyThatHasReplayedAllIsNotBehindHoweverLongAgoThatWas() throws {
        #expect(try Self.standby(hasReplayedAll: true, sinceReplay: "86400").lag(sinceCaughtUp: .seconds(9)) == 0)
        #expect(try Self.standby(hasReplayedAll: true).lag(sinceCaughtUp: nil) == 0)
    }

    @Test(
        arguments: [
            ("235.5", 2, 2), ("1.5", 200, 1.5), ("235.5", nil, 235.5), (nil, 7, 7), (nil, nil, nil), ("-3", 2, 0),
        ] as [(String?, Int?, Double?)]
    )
    func aStandbyIsBehindByTheSmallerOfItsLastReplayAndTheTimeItWasCaughtUp(
        replay: String?,
        caughtUp: Int?,
        lag: Double?
    ) throws {
        let paused = try Self.standby(hasReplayedAll: false, sinceReplay: replay)
        #expect(paused.lag(sinceCaughtUp: caughtUp.map { .seconds($0) }) == lag)
        // One that doesn't stream has not all, whatever it has replayed.
        let cut = try Self.standby(streams: false, hasReplayedAll: true, sinceReplay: replay)
        #expect(cut.lag(sinceCaughtUp: caughtUp.map { .seconds($0) }) == lag)
    }

    @Test func aCheckRemembersWhenItSawEachStandbyCaughtUp() throws {
        let times = PostgresCaughtUpTimes()
        let (idle, paused) = (
            try Self.standby(hasReplayedAll: true, sinceReplay: "300"),
            try Self.standby(hasReplayedAll: false, sinceReplay: "300")
        )
        func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }
        #expect(times.lag(of: "a", paused, at: at(0)) == 300)
        #expect(times.lag(of: "a", idle, at: at(10)) == 0)
        #expect(times.lag(of: "a", paused, at: at(12)) == 2 && times.lag(of: "a", paused, at: at(70)) == 60)
        // Of another one behind the same name nothing is known.
        #expect(times.lag(of: "b", paused, at: at(70)) == 300)
        // A primary is no standby, and who becomes one again starts anew.
        let promoted = try #require(PostgresReplication(["f", "0", nil, nil, "0", "0", nil]))
        #expect(times.lag(of: "a", promoted, at: at(80)) == nil)
        #expect(times.lag(of: "a", paused, at: at(81)) == 300)
    }

    @Test func aPrimaryIsBehindAsItsLargestStandby() {
        #expect(PostgresReplication(["f", "0", nil, nil, "2", "2", "4.5"])?.lag(sinceCaughtUp: nil) == 4.5)
        #expect(PostgresReplication(["f", "0", nil, nil, "0", "0", "0"])?.lag(sinceCaughtUp: nil) == nil)
        #expect(PostgresReplication(["1"]) == nil && PostgresReplication([]) == nil)
    }

    @Test(
        arguments: [
            (0, 10, 0), (9, 10, 0), (10, 10, 0), (11, 10, 0), (12, 10, 12), (60, 10, 60), (2, 1, 0), (3, 1, 3),
            (20, 30, 0), (33, 30, 33),
        ] as [(Double, Double, Double)]
    )
    func aRedisReplicaIsBehindOnceAPingIsOverdue(silence: Double, period: Double, lag: Double) {
        let text = "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:\(Int(silence))\r\n"
        let info = RedisInfo(Array(text.utf8))
        #expect(info.silence == silence && info.replicationLag(pingPeriod: period) == lag)
    }

    @Test func thePingPeriodIsAskedForAgainAfterAWhile() {
        let time = ManualTime()
        let period = RedisPingPeriod(time: time)
        #expect(period.known == nil && period.record(3) == 3 && period.known == 3)
        time.advance(by: .seconds(299))
        #expect(period.known == 3)
        time.advance(by: .seconds(2))
        #expect(period.known == nil)
    }

    private static func postgres(_ keys: [(String, SettingNode)]) throws -> PostgresCheck {
        let made = KindRun.make("postgres", [("url", .text("postgres://u@h/d"))] + keys)
        return try #require(made.check as? PostgresCheck, "\(made.problems)")
    }

    private static func map(_ pairs: [(String, String)]) -> SettingNode {
        .map(pairs.map { .init(key: $0.0, position: .start, value: .text($0.1)) }, .start)
    }

    @Test func anAnswerOfAnotherFormIsNoAnswerToWhoNeedsIt() throws {
        let plain = try Self.postgres([])
        #expect(plain.judge(PostgresState()).verdict == .success)
        let needing: [(String, SettingNode)] = [
            ("connections_used", Self.map([("unhealthy", "90%")])),
            ("replication_lag", Self.map([("unhealthy", "1m")])),
            ("migration", Self.map([("table", "t"), ("column", "c"), ("expect", "1")])),
        ]
        for key in needing {
            let check = try Self.postgres([key])
            #expect(check.judge(PostgresState()).verdict == .failure(.protocolError), "\(key.0)")
            let garbled = PostgresState(connections: ["x", nil], migration: ["x"])
            #expect(check.judge(garbled).verdict == .failure(.protocolError), "\(key.0)")
        }
    }

    @Test func nothingIsLeftForLibpqToFindInTheEnvironment() throws {
        let check = try Self.postgres([])
        let phases = PhaseTimer(time: ManualTime())
        let context = RunContext(traceID: TraceID(high: 1, low: 2), timeout: .seconds(1), phases: phases)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 5432)
        for withOptions in [true, false] {
            let given = Set(check.parameters(address, context, withOptions: withOptions).map(\.0))
            let known = PostgresConnection.defaults
            #expect(known.count > 20)
            for parameter in known where parameter.variable != nil {
                // A service can't be given as none: its variable is taken out of the environment instead.
                let isCovered = given.contains(parameter.name) || parameter.name.hasPrefix("service")
                #expect(isCovered, "\(parameter.name) comes from \(parameter.variable ?? "")")
            }
        }
        #expect(PostgresEnvironment.variables.contains("PGSERVICE"))
    }

    @Test func emptyParametersStandInTheConnectionStringAndNothingGetsOutOfItsQuotes() {
        let text = PostgresConnection.text(of: [
            ("password", ""), ("user", #"o'neil\ host=evil"#), ("no_such_parameter", "x"),
        ])
        #expect(text == #"password='' user='o\'neil\\ host=evil'"#)
    }
}
