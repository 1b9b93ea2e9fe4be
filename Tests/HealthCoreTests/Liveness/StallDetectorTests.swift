import HealthCore
import HealthTesting
import Testing

/// Which progress counters have stopped: a bound of 30 s, a look a second.
@Suite struct StallDetectorTests {
    private var detector = StallDetector(
        names: ["pool", "loop"],
        bound: .seconds(30),
        period: .seconds(1),
        now: .zero
    )

    /// Looks once a second, `pool` beating only while told to; returns what changed with the second at which it did.
    private mutating func update(seconds: ClosedRange<Int>, poolAdvances: Bool) -> [String] {
        seconds.flatMap { second in
            if poolAdvances { counts[0] += 1 }
            counts[1] += 1
            return detector.update(counts: counts, now: .seconds(Double(second))).map { "\(second): \(Self.text($0))" }
        }
    }

    private var counts: [UInt64] = [0, 0]

    private static func text(_ change: StallDetector.Change) -> String {
        switch change {
        case .stalled(let name, let age): "\(name) stalled after \(age.seconds)"
        case .recovered(let name, let age): "\(name) recovered after \(age.seconds)"
        }
    }

    @Test mutating func loopsThatGoRoundAreFine() {
        #expect(update(seconds: 1...100, poolAdvances: true).isEmpty)
        #expect(detector.stalled.isEmpty)
        #expect(detector.ages.map(\.age) == [.zero, .zero])
    }

    @Test mutating func aLoopThatStopsIsStalledAtTheBoundAndOnce() {
        _ = update(seconds: 1...10, poolAdvances: true)
        #expect(update(seconds: 11...100, poolAdvances: false) == ["40: pool stalled after 30.0"])
        #expect(detector.stalled == ["pool"])
        #expect(detector.ages.map(\.name) == ["pool", "loop"])
        #expect(detector.ages.map(\.age) == [.seconds(90), .zero])
    }

    @Test mutating func oneThatGoesRoundAgainHasRecovered() {
        _ = update(seconds: 1...50, poolAdvances: false)
        #expect(update(seconds: 51...60, poolAdvances: true) == ["51: pool recovered after 50.0"])
        #expect(detector.stalled.isEmpty)
        #expect(update(seconds: 61...100, poolAdvances: false) == ["90: pool stalled after 30.0"])
    }

    @Test mutating func oneThatNeverWentRoundIsStalledToo() {
        #expect(update(seconds: 1...30, poolAdvances: false) == ["30: pool stalled after 30.0"])
    }

    @Test mutating func theWatchdogsOwnStarvationDoesNotCount() {
        _ = update(seconds: 1...10, poolAdvances: true)
        #expect(detector.update(counts: counts, now: .seconds(1000)).isEmpty)
        #expect(detector.stalled.isEmpty)
        #expect(detector.ages.map(\.age) == [.seconds(2), .seconds(2)])
        #expect(update(seconds: 1001...1040, poolAdvances: false) == ["1028: pool stalled after 30.0"])
    }

    @Test mutating func aWatchdogThatIsAlwaysStarvedNeedsLongerButFindsIt() {
        let changes = (1...20).flatMap { detector.update(counts: [0, UInt64($0)], now: .seconds(Double($0 * 10))) }
        #expect(changes == [.stalled(name: "pool", after: .seconds(30))])
    }

    @Test func aCounterCountsItsRounds() {
        let progress = ProgressCounter(name: "scheduler")
        for _ in 0..<3 { progress.advance() }
        #expect(progress.count == 3)
    }
}
