import HealthCore
import HealthTesting
import Testing

/// The share of successes in moving windows, against a plain list.
@Suite struct SuccessWindowsTests {
    private struct Event {
        let moment: Moment
        let check: CheckID
        let isSuccess: Bool
    }

    private static let check = CheckID(component: "db", check: "a")
    private static let other = CheckID(component: "db", check: "b")

    /// The ratio over the steps that make up a window, from all events; each check's last one counts wherever it lies.
    private func ratio(_ events: [Event], at now: Moment, step: Int64, steps: Int64) -> Double? {
        let length = step * 1_000_000_000
        let from = (now.nanoseconds / length - steps + 1) * length
        let inside = events.enumerated().filter { index, event in
            let isLast = !events[(index + 1)...].contains { $0.check == event.check }
            return isLast || event.moment.nanoseconds >= from
        }
        return inside.isEmpty ? nil : Double(inside.count(where: \.element.isSuccess)) / Double(inside.count)
    }

    @Test(arguments: 1...20)
    func equalsAPlainListUnderRandomEvents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (windows, events, now) = (SuccessWindows(), [Event](), Moment.zero)
        for _ in 0..<300 {
            let longest = random.oneIn(20) ? 20_000_000 : random.oneIn(5) ? 400_000 : 20_000
            now = now.advanced(by: random.milliseconds(0...longest))
            if !random.oneIn(3) {
                let check = random.oneIn(10) ? Self.other : Self.check
                let event = Event(moment: now, check: check, isSuccess: random.oneIn(2))
                windows.record(isSuccess: event.isSuccess, of: check, at: now)
                events.append(event)
            }
            let expected = [
                ratio(events, at: now, step: 10, steps: 30), ratio(events, at: now, step: 60, steps: 60),
                ratio(events, at: now, step: 900, steps: 96),
            ]
            #expect(windows.readings(at: now).map(\.ratio) == expected, "seed \(seed) at \(now.nanoseconds)")
        }
    }

    @Test func namesItsWindows() {
        #expect(SuccessWindows().readings(at: .zero).map(\.window.rawValue) == ["5m", "1h", "24h"])
    }

    @Test func isAbsentUntilSomethingHappens() {
        #expect(SuccessWindows().readings(at: .seconds(1e6)).map(\.ratio) == [nil, nil, nil])
    }

    @Test func forgetsWhatLeftTheWindowButTheLastRun() {
        var windows = SuccessWindows()
        windows.record(isSuccess: false, of: Self.check, at: .zero)
        windows.record(isSuccess: true, of: Self.check, at: .seconds(10))
        #expect(windows.readings(at: .seconds(299)).first?.ratio == 0.5)
        #expect(windows.readings(at: .seconds(300)).first?.ratio == 1)
        #expect(windows.readings(at: .seconds(10_000)).first?.ratio == 1)
        #expect(windows.readings(at: .seconds(300)).last?.ratio == 0.5)
    }

    @Test func aCheckThatRunsEveryTenMinutesKeepsItsFiveMinuteRatio() {
        var windows = SuccessWindows()
        let (often, seldom) = (Self.check, Self.other)
        windows.record(isSuccess: false, of: seldom, at: .zero)
        let ratios = stride(from: 600.0, to: 1200, by: 60).map { second -> Double? in
            windows.record(isSuccess: true, of: often, at: .seconds(second))
            if second == 600 { windows.record(isSuccess: false, of: seldom, at: .seconds(second)) }
            return windows.readings(at: .seconds(second)).first?.ratio
        }
        #expect(ratios.allSatisfy { $0.map { $0 < 1 } == true }, "\(ratios)")
        windows.keep(only: [often])
        #expect(windows.readings(at: .seconds(1140)).first?.ratio == 1)
    }

    @Test(arguments: [
        (0, [true, true, true]), (14, [true, true, true]), (15, [false, true, true]), (180, [false, false, true]),
        (14 * 60, [false, false, true]), (72 * 60, [false, false, false]),
    ])
    func aWindowIsTooShortUntilATwentiethOfItHasPassed(second: Int, isTooShort: [Bool]) {
        var windows = SuccessWindows()
        let start = Moment.seconds(1000)
        windows.record(isSuccess: true, of: Self.check, at: start)
        let readings = windows.readings(at: start.advanced(by: .seconds(second)))
        #expect(readings.map(\.isTooShort) == isTooShort)
        #expect(readings.map(\.isFull) == [second >= 300, second >= 3600, false])
    }
}
