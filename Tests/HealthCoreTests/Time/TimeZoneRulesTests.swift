import HealthCore
import HealthTesting
import Testing

/// Files of the time zone database: offsets from their changes and rules, and what clocks there show.
@Suite struct TimeZoneRulesTests {
    private static func zone(_ footer: String) throws -> TimeZoneRules {
        try #require(TimeZoneRules(name: "x", tzif: TZifBuilder(footer: footer).bytes), "\(footer)")
    }

    private static func time(_ text: String) throws -> Timestamp {
        try #require(Timestamp(rfc3339: text), "\(text)")
    }

    private static func day(_ date: String) throws -> Int64 {
        try time("\(date)T00:00:00Z").nanosecondsSinceEpoch / 86_400_000_000_000
    }

    /// The rules of Europe/Berlin, Australia/Sydney, Australia/Lord_Howe, Europe/Dublin and America/Nuuk in the database.
    private static let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"
    private static let sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3"
    private static let lordHowe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
    private static let dublin = "IST-1GMT0,M10.5.0,M3.5.0/1"
    private static let nuuk = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"

    @Test(
        arguments: [
            ("UTC0", "2026-07-01T00:00:00Z", 0, 0), ("<-03>3", "2026-01-01T00:00:00Z", -10_800, -10_800),
            ("<+0545>-5:45", "2026-01-01T00:00:00Z", 20_700, 20_700),
            ("LMT-0:53:28", "2026-01-01T00:00:00Z", 3208, 3208),
            // The north: forward in March, back in October or November.
            (berlin, "2026-03-29T01:00:00Z", 3600, 7200), (berlin, "2026-10-25T01:00:00Z", 7200, 3600),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -18_000, -14_400),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -14_400, -18_000),
            // The south: summer time goes over the new year.
            (sydney, "2026-04-04T16:00:00Z", 39_600, 36_000), (sydney, "2026-10-03T16:00:00Z", 36_000, 39_600),
            (sydney, "2026-01-01T00:00:00Z", 39_600, 39_600), (sydney, "2026-12-31T23:59:59Z", 39_600, 39_600),
            // By half an hour.
            (lordHowe, "2026-10-03T15:30:00Z", 37_800, 39_600), (lordHowe, "2026-04-04T15:00:00Z", 39_600, 37_800),
            // Standard time in summer, and an earlier one in winter.
            (dublin, "2026-03-29T01:00:00Z", 0, 3600), (dublin, "2026-10-25T01:00:00Z", 3600, 0),
            // At a time before the day begins.
            (nuuk, "2026-03-29T01:00:00Z", -7200, -3600), (nuuk, "2026-10-25T01:00:00Z", -3600, -7200),
            // `Jn` counts no leap day, `n` does.
            ("XXX3YYY,J60,J300", "2024-03-01T05:00:00Z", -10_800, -7200),
            ("XXX3YYY,J60,J300", "2023-03-01T05:00:00Z", -10_800, -7200),
            ("XXX3YYY,J59,J300", "2024-02-28T05:00:00Z", -10_800, -7200),
            ("XXX3YYY,59,300", "2024-02-29T05:00:00Z", -10_800, -7200),
            ("XXX3YYY,59,300", "2023-03-01T05:00:00Z", -10_800, -7200),
            // Summer time all year (RFC 9636, §3.3.1).
            ("XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", -14_400, -14_400),
            ("EST5EDT,0/0,J365/25", "2026-01-01T05:00:00Z", -14_400, -14_400),
            // The first, fourth and last of a weekday in a month of five.
            ("AAA0BBB,M8.1.6/0,M8.5.6/0", "2026-08-01T00:00:00Z", 0, 3600),
            ("AAA0BBB,M8.1.6/0,M8.5.6/0", "2026-08-28T23:00:00Z", 3600, 0),
            ("AAA0BBB,M8.1.6/0,M8.4.6/0", "2026-08-21T23:00:00Z", 3600, 0),
            // The last of a weekday in December.
            ("AAA0BBB,M6.1.0/0,M12.5.4/0", "2026-12-30T23:00:00Z", 3600, 0),
        ] as [(String, String, Int, Int)]
    )
    func aRuleHoldsFromItsSecondOn(footer: String, at text: String, before: Int, after: Int) throws {
        let (zone, time) = (try Self.zone(footer), try Self.time(text))
        #expect(zone.offset(at: time.advanced(by: .seconds(-1))) == before)
        #expect(zone.offset(at: time) == after)
    }

    @Test(arguments: [
        "CET", "CE-1", "-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0,", "CET-1CEST,M3.5.0,M10.5.0/",
        "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5,M10.5.0", "CET-1CEST,J0,J300",
        "CET-1CEST,J366,J300", "CET-1CEST,366,300", "CET-168", "CET-1:60", "CET-1:00:60", "CET-1:", "<+03-3",
        "CET-1 CEST,M3.5.0,M10.5.0", "CET-1CEST;M3.5.0,M10.5.0", "CET--1", "CET-99999999999999999999",
    ])
    func aStringThatIsNoRuleMakesTheFileNone(footer: String) {
        #expect(TimeZoneRules(name: "x", tzif: TZifBuilder(footer: footer).bytes) == nil)
    }

    @Test(arguments: [1, 2, 3], [(0, 0), (3, 2)])
    func changesHoldFromTheirSecondOn(version: Int, other: (leapSeconds: Int, indicators: Int)) throws {
        let file = TZifBuilder(
            version: version,
            changes: [(-1_000_000, 1), (0, 2), (2_000_000_000, 1)],
            offsets: [3208, 3600, -7200],
            leapSeconds: other.leapSeconds,
            indicators: other.indicators
        )
        let zone = try #require(TimeZoneRules(name: "x", tzif: file.bytes))
        let offsets = [-1_000_001, -1_000_000, -1, 0, 1_999_999_999, 2_000_000_000, 9_000_000_000].map {
            zone.offset(at: Timestamp(nanosecondsSinceEpoch: $0 * 1_000_000_000))
        }
        #expect(offsets == [3208, 3600, 3600, -7200, -7200, 3600, 3600])
        #expect(zone.name == "x")
    }

    @Test func theRuleHoldsBehindTheLastChangeOnly() throws {
        let file = TZifBuilder(
            changes: [(0, 1), (1_767_225_600, 2)],
            offsets: [60, 120, 180],
            footer: "CET-1CEST,M3.5.0,M10.5.0/3"
        )
        let zone = try #require(TimeZoneRules(name: "x", tzif: file.bytes))
        #expect(zone.offset(at: try Self.time("1969-12-31T23:59:59Z")) == 60)
        #expect(zone.offset(at: try Self.time("2025-07-01T00:00:00Z")) == 120)
        // 2026-01-01T00:00:00Z is the last change.
        #expect(zone.offset(at: try Self.time("2026-01-01T00:00:00Z")) == 3600)
        #expect(zone.offset(at: try Self.time("2026-07-01T00:00:00Z")) == 7200)
    }

    @Test func timesBeyond32BitsAreInTheSecondBlock() throws {
        let file = TZifBuilder(changes: [(-3_000_000_000, 1), (5_000_000_000, 0)], offsets: [0, 3600])
        let zone = try #require(TimeZoneRules(name: "x", tzif: file.bytes))
        #expect(zone.offset(at: try Self.time("1880-01-01T00:00:00Z")) == 3600)
        #expect(zone.offset(at: try Self.time("2200-01-01T00:00:00Z")) == 0)
    }

    @Test(arguments: [
        // Set forward from 02:00 to 03:00: half past two does not exist, and comes half an hour behind the change.
        (berlin, "2026-03-29", "01:59", "2026-03-29T00:59:00Z"),
        (berlin, "2026-03-29", "02:30", "2026-03-29T01:30:00Z"),
        (berlin, "2026-03-29", "03:00", "2026-03-29T01:00:00Z"),
        // Set back from 03:00 to 02:00: half past two comes twice, and the first counts.
        (berlin, "2026-10-25", "01:59", "2026-10-24T23:59:00Z"),
        (berlin, "2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
        (berlin, "2026-10-25", "03:00", "2026-10-25T02:00:00Z"),
        (sydney, "2026-10-04", "02:30", "2026-10-03T16:30:00Z"),
        (sydney, "2026-04-05", "02:30", "2026-04-04T15:30:00Z"),
        (sydney, "2026-04-05", "03:00", "2026-04-04T17:00:00Z"),
        (lordHowe, "2026-10-04", "02:15", "2026-10-03T15:45:00Z"),
        (lordHowe, "2026-04-05", "01:45", "2026-04-04T14:45:00Z"),
        (dublin, "2026-03-29", "01:30", "2026-03-29T01:30:00Z"),
        (dublin, "2026-10-25", "01:30", "2026-10-25T00:30:00Z"),
        ("UTC0", "2026-03-29", "02:30", "2026-03-29T02:30:00Z"),
    ])
    func clocksShowATimeOfADay(footer: String, date: String, clock: String, expected: String) throws {
        let parts = clock.split(separator: ":").compactMap { Int($0) }
        let found = try Self.zone(footer).timestamp(
            day: try Self.day(date),
            secondOfDay: parts[0] * 3600 + parts[1] * 60
        )
        #expect(found.rfc3339 == (try Self.time(expected)).rfc3339)
    }

    @Test(arguments: [
        ("<+14>-14", "2026-01-01T09:59:59Z", "2026-01-01"), ("<+14>-14", "2026-01-01T10:00:00Z", "2026-01-02"),
        ("<-12>12", "2026-01-01T11:59:59Z", "2025-12-31"), ("<-12>12", "2026-01-01T12:00:00Z", "2026-01-01"),
        (berlin, "2026-07-01T21:59:59Z", "2026-07-01"), (berlin, "2026-07-01T22:00:00Z", "2026-07-02"),
        (berlin, "1969-12-31T22:59:59Z", "1969-12-31"), (berlin, "1969-12-31T23:00:00Z", "1970-01-01"),
    ])
    func calendarsShowADay(footer: String, at text: String, expected: String) throws {
        #expect(try Self.zone(footer).localDay(at: Self.time(text)) == Self.localDay(expected))
    }

    private static func localDay(_ date: String) throws -> Int64 {
        // The day before the epoch is number -1.
        date == "1969-12-31" ? -1 : try day(date)
    }

    @Test func anythingElseIsNoFile() {
        #expect(TimeZoneRules(name: "x", tzif: []) == nil)
        #expect(TimeZoneRules(name: "x", tzif: Array("TZif".utf8)) == nil)
        #expect(TimeZoneRules(name: "x", tzif: TZifBuilder(offsets: []).bytes) == nil)
        #expect(TimeZoneRules(name: "x", tzif: TZifBuilder(changes: [(0, 1)], offsets: [0]).bytes) == nil)
        #expect(TimeZoneRules(name: "x", tzif: TZifBuilder(changes: [(5, 0), (5, 0)]).bytes) == nil)
        #expect(TimeZoneRules(name: "x", tzif: TZifBuilder(changes: [(6, 0), (5, 0)]).bytes) == nil)
    }

    @Test func aFileThatIsCutOrDamagedNeverTraps() {
        let good = TZifBuilder(
            changes: [(-1_000_000, 1), (0, 2), (2_000_000_000, 1)],
            offsets: [3208, 3600, -7200],
            footer: "CET-1CEST,M3.5.0,M10.5.0/3",
            leapSeconds: 1,
            indicators: 3
        ).bytes
        let dataEnd = good.count - "\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8.count
        for length in 0..<dataEnd {
            #expect(TimeZoneRules(name: "x", tzif: Array(good.prefix(length))) == nil, "\(length)")
        }
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<5000 {
            var bytes = good
            bytes[Int.random(in: 4..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            let zone = TimeZoneRules(name: "x", tzif: bytes)
            _ = zone?.offset(at: Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000))
            _ = zone?.timestamp(day: 20_454, secondOfDay: 7200)
        }
    }
}
