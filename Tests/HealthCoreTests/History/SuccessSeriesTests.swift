import HealthCore
import HealthTesting
import Testing

/// Counts by hour and day of civil time.
@Suite struct SuccessSeriesTests {
    private static func hours(_ hours: Double) -> Timestamp { .newYear2026.advanced(by: .seconds(hours * 3600)) }

    @Test(arguments: 1...10)
    func equalsAPlainListUnderRandomCounts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var series = SuccessSeries(stepSeconds: 3600, capacity: 24)
        var (plain, now, newest) = ([Int64: SuccessCount](), Self.hours(0), Int64.min)
        for _ in 0..<300 {
            now = now.advanced(by: random.milliseconds(0...(random.oneIn(15) ? 200_000_000 : 4_000_000)))
            // A clock may be set back.
            let at = random.oneIn(5) ? now.advanced(by: .zero - random.milliseconds(0...90_000_000)) : now
            var count = SuccessCount()
            count.record(isSuccess: random.oneIn(2))
            let step = series.step(of: at)
            series.add(count, to: step)
            newest = max(newest, step)
            if step > newest - 24 { plain[step, default: SuccessCount()] += count }
            plain = plain.filter { $0.key > newest - 24 }
            let shown = series.last(24, at: now)
            #expect(shown.map(\.count) == shown.map { plain[$0.step] ?? SuccessCount() }, "seed \(seed)")
            var sum = SuccessCount()
            for (_, count) in shown { sum += count }
            #expect(series.sum(ofLast: 24, at: now) == sum, "seed \(seed)")
        }
    }

    @Test func ratiosAreAbsentUntilSomethingHappensAndEndWithTheWindow() {
        var history = SuccessHistory()
        #expect(SuccessHistory.Window.allCases.map { history.ratio($0, at: Self.hours(0)) } == [nil, nil, nil, nil])
        history.record(isSuccess: false, at: Self.hours(0))
        history.record(isSuccess: true, at: Self.hours(30))
        #expect(SuccessHistory.Window.allCases.map { history.ratio($0, at: Self.hours(30)) } == [1, 0.5, 0.5, 0.5])
        #expect(
            SuccessHistory.Window.allCases.map { history.ratio($0, at: Self.hours(24 * 30)) } == [nil, nil, 1, 0.5]
        )
        #expect(history.ratio(.quarter, at: Self.hours(24 * 92)) == nil)
    }

    @Test func countsOfAnEarlierProcessComeBeforeThoseOfThis() {
        var history = SuccessHistory()
        history.record(isSuccess: true, at: Self.hours(50.5))
        let hour = history.byHour.step(of: Self.hours(10))
        history.add(SuccessCount(good: 1, bad: 2), toHour: hour)
        history.add(SuccessCount(good: 0, bad: 1), toHour: hour - 24 * 80)
        #expect(history.ratio(.week, at: Self.hours(50.5)) == 0.5)
        #expect(history.ratio(.quarter, at: Self.hours(50.5)) == 0.4)
    }

    @Test func keepsTheLastRunsAndWhatTheyMeasured() {
        let measurement = Measurement(name: "health_disk_used_ratio", help: "Used.")
        var history = RunHistory()
        for number in 0..<60 {
            history.record(
                .make(
                    number % 2 == 0 ? .success : .failure,
                    duration: .milliseconds(number),
                    at: .seconds(Double(number)),
                    measured: [MeasuredValue(measurement, Double(number))]
                )
            )
        }
        #expect(history.runs.count == 48)
        #expect(history.runs.last?.timestamp == .newYear2026.advanced(by: .seconds(59)))
        #expect(history.runs.last?.reason == .connectRefused && history.runs.first?.kind == .success)
        #expect(history.trends.map(\.values) == [(12..<60).map { Float($0) }])
    }

    @Test func aClockThatWasInTheFutureTakesNothingWithIt() {
        var history = SuccessHistory()
        history.record(isSuccess: false, at: Self.hours(24 * 365))
        history.record(isSuccess: true, at: Self.hours(1))
        #expect(SuccessHistory.Window.allCases.map { history.ratio($0, at: Self.hours(1)) } == [1, 1, 1, 1])
    }
}
