import HealthCore
import HealthTesting
import Testing

/// When windows are open.
@Suite struct MaintenanceWindowTests {
    @Test(arguments: [
        ("2026-12-01T21:59:59Z", false), ("2026-12-01T22:00:00Z", true), ("2026-12-01T22:59:59.999Z", true),
        ("2026-12-01T23:00:00Z", false), ("2026-12-01T23:30:00+01:00", true),
    ])
    func once(now: String, isActive: Bool) throws {
        let from = try #require(Timestamp(rfc3339: "2026-12-01T22:00:00Z"))
        let until = try #require(Timestamp(rfc3339: "2026-12-01T23:00:00Z"))
        let state = MaintenanceWindow.Time.once(from: from, until: until).state(
            at: try #require(Timestamp(rfc3339: now))
        )
        #expect(state.isActive == isActive)
    }

    @Test(arguments: [
        // Sundays and Wednesdays at 23:00 for two hours.
        ("2026-11-22T22:59:59Z", false), ("2026-11-22T23:00:00Z", true), ("2026-11-23T00:59:59Z", true),
        ("2026-11-23T01:00:00Z", false), ("2026-11-23T23:30:00Z", false), ("2026-11-25T23:30:00Z", true),
    ])
    func weekly(now: String, isActive: Bool) throws {
        let weekly = WeeklyTime(days: [0, 3], startOfDay: 23 * 3600, length: .seconds(7200), zone: .utc)
        let now = try #require(Timestamp(rfc3339: now))
        let state = MaintenanceWindow.Time.weekly(weekly).state(at: now)
        #expect(state.isActive == isActive)
        // The answer holds for the whole span that it names.
        #expect(state.since <= now && now < state.until)
        #expect(MaintenanceWindow.Time.weekly(weekly).state(at: state.until).isActive != isActive)
    }

    @Test(arguments: [
        "2026-12-01T22:00:00", "2026-13-01T22:00:00Z", "2026-02-30T22:00:00Z", "2026-12-01T24:00:00Z", "tomorrow", "",
        "2026-12-01T22:00:00+1:00", "9999-12-31T23:59:59Z", "2026-12-01T22:00:00.Z",
    ])
    func noTimes(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func readsWhatItWrites() throws {
        for text in [
            "1970-01-01T00:00:00.000Z", "2000-02-29T12:34:56.789Z", "2026-12-31T23:59:59.999Z",
            "1969-12-31T23:59:59.000Z",
        ] {
            #expect(try #require(Timestamp(rfc3339: text)).rfc3339 == text)
        }
    }
}
