import HealthCore
import Testing

@testable import HealthChecks

/// How far behind a server is, from what it says of its replication.
struct PostgresReplicationTests {
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
}
