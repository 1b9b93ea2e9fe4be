import HealthCore
import HealthTesting
import Testing

/// The share of successes in moving windows, against a plain list.
@Suite struct SuccessWindowsTests {
    private struct Event {
        let moment: Moment
        let isSuccess: Bool
    }

    /// The ratio over the steps that make up a window, from all events.
    private func ratio(_ events: [Event], at now: Moment, step: Int64, steps: Int64) -> Double? {
        let length = step * 1_000_000_000
        let from = (now.nanoseconds / length - steps + 1) * length
        let inside = events.filter { $0.moment.nanoseconds >= from && $0.moment <= now }
        return inside.isEmpty ? nil : Double(inside.count(where: \.isSuccess)) / Double(inside.count)
    }

    @Test(arguments: 1...20)
    func equalsAPlainListUnderRandomEvents(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (windows, events, now) = (SuccessWindows(), [Event](), Moment.zero)
        for _ in 0..<600 {
            let longest = random.oneIn(20) ? 20_000_000 : random.oneIn(5) ? 400_000 : 20_000
            now = now.advanced(by: random.milliseconds(0...longest))
            if !random.oneIn(3) {
                let event = Event(moment: now, isSuccess: random.oneIn(2))
                windows.record(isSuccess: event.isSuccess, at: now)
                events.append(event)
            }
            let expected = [
                ratio(events, at: now, step: 10, steps: 30), ratio(events, at: now, step: 60, steps: 60),
                ratio(events, at: now, step: 900, steps: 96),
            ]
            #expect(windows.ratios(at: now).map(\.ratio) == expected, "seed \(seed) at \(now.nanoseconds)")
        }
    }

    @Test func namesItsWindows() {
        #expect(SuccessWindows().ratios(at: .zero).map(\.window.rawValue) == ["5m", "1h", "24h"])
    }

    @Test func isAbsentUntilSomethingHappens() {
        #expect(SuccessWindows().ratios(at: .seconds(1e6)).allSatisfy { $0.ratio == nil })
    }

    @Test func forgetsWhatLeftTheWindow() {
        var windows = SuccessWindows()
        windows.record(isSuccess: false, at: .zero)
        #expect(windows.ratios(at: .seconds(299)).first?.ratio == 0)
        #expect(windows.ratios(at: .seconds(300)).first?.ratio == nil)
        #expect(windows.ratios(at: .seconds(300)).last?.ratio == 0)
    }
}
