import HealthCore
import Testing

/// Civil time as text.
@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-1_000_000, "1969-12-31T23:59:59.999Z"),
            (-86_400_000_000_000, "1969-12-31T00:00:00.000Z"),
            (999_999, "1970-01-01T00:00:00.000Z"),
            (1_000_000, "1970-01-01T00:00:00.001Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000_000_000, "2000-03-01T00:00:00.000Z"),
            (1_709_210_096_789_000_000, "2024-02-29T12:34:56.789Z"),
            (1_798_761_599_999_999_999, "2026-12-31T23:59:59.999Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
            (-2_203_891_200_000_000_000, "1900-03-01T00:00:00.000Z"),
            (-2_203_891_200_000_000_001, "1900-02-28T23:59:59.999Z"),
            (Int64.max, "2262-04-11T23:47:16.854Z"),
            (Int64.min, "1677-09-21T00:12:43.145Z"),
        ] as [(Int64, String)]
    )
    func isWrittenAsRFC3339(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanosecondsSinceEpoch: nanoseconds).rfc3339 == text)
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, day) = (1800, 1, 1)
        for number in -62_091..<(-62_091 + 146_097) {
            let text = Timestamp(nanosecondsSinceEpoch: Int64(number) * 86_400_000_000_000).rfc3339.prefix(10)
            let expected = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
            guard text == expected else {
                Issue.record("day \(number): \(text) instead of \(expected)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            day += 1
            if day > lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect(year == 2200)
    }

    @Test func ordersByTime() {
        #expect(Timestamp(nanosecondsSinceEpoch: -1) < Timestamp(nanosecondsSinceEpoch: 0))
    }

    @Test func stopsAtItsEnds() {
        let last = Timestamp(nanosecondsSinceEpoch: .max)
        let first = Timestamp(nanosecondsSinceEpoch: .min)
        #expect(last.advanced(by: .nanoseconds(1)) == last)
        #expect(first.advanced(by: .nanoseconds(-1)) == first)
        #expect(last.advanced(by: .nanoseconds(-1)).nanosecondsSinceEpoch == .max - 1)
    }

    @Test func isSecondsForMetrics() {
        #expect(Timestamp(nanosecondsSinceEpoch: 1_500_000_000).seconds == 1.5)
        #expect(Timestamp(nanosecondsSinceEpoch: -1_500_000_000).seconds == -1.5)
    }

    @Test func wholeMillisecondsHaveAtMostThreeDecimalsInMetrics() {
        for milliseconds in stride(from: 1_767_225_600_000 as Int64, to: 1_767_225_700_000, by: 7) {
            let text = "\(Timestamp(nanosecondsSinceEpoch: milliseconds * 1_000_000).seconds)"
            guard text == "\(Double(milliseconds) / 1000)" else {
                Issue.record("\(milliseconds) ms is written \(text)")
                return
            }
        }
    }
}
