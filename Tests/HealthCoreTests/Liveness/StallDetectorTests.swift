import HealthCore
import HealthTesting
import Testing

/// Which watermarks have stopped: a bound of 30 s, a look a second.
@Suite struct StallDetectorTests {
    private var detector = StallDetector(
        names: ["pool", "loop"],
        bound: .seconds(30),
        period: .seconds(1),
        now: .zero
    )

    /// Looks once a second, `pool` beating only while told to; returns what changed with the second at which it did.
    private mutating func look(seconds: ClosedRange<Int>, poolBeats: Bool) -> [String] {
        seconds.flatMap { second in
            if poolBeats { beats[0] += 1 }
            beats[1] += 1
            return detector.look(beats: beats, now: .seconds(Double(second))).map { "\(second): \(Self.text($0))" }
        }
    }

    private var beats: [UInt64] = [0, 0]

    private static func text(_ change: StallDetector.Change) -> String {
        switch change {
        case .stalled(let name, let age): "\(name) stalled after \(age.seconds)"
        case .recovered(let name, let age): "\(name) recovered after \(age.seconds)"
        }
    }

    @Test mutating func beatingWatermarksAreFine() {
        #expect(look(seconds: 1...100, poolBeats: true).isEmpty)
        #expect(detector.stalled.isEmpty)
        #expect(detector.ages.map(\.age) == [.zero, .zero])
    }

    @Test mutating func aWatermarkThatStopsIsStalledAtTheBoundAndOnce() {
        _ = look(seconds: 1...10, poolBeats: true)
        #expect(look(seconds: 11...100, poolBeats: false) == ["40: pool stalled after 30.0"])
        #expect(detector.stalled == ["pool"])
        #expect(detector.ages.map(\.name) == ["pool", "loop"])
        #expect(detector.ages.map(\.age) == [.seconds(90), .zero])
    }

    @Test mutating func oneThatBeatsAgainHasRecovered() {
        _ = look(seconds: 1...50, poolBeats: false)
        #expect(look(seconds: 51...60, poolBeats: true) == ["51: pool recovered after 50.0"])
        #expect(detector.stalled.isEmpty)
        #expect(look(seconds: 61...100, poolBeats: false) == ["90: pool stalled after 30.0"])
    }

    @Test mutating func oneThatNeverBeatIsStalledToo() {
        #expect(look(seconds: 1...30, poolBeats: false) == ["30: pool stalled after 30.0"])
    }

    @Test mutating func theWatchdogsOwnStarvationDoesNotCount() {
        _ = look(seconds: 1...10, poolBeats: true)
        #expect(detector.look(beats: beats, now: .seconds(1000)).isEmpty)
        #expect(detector.stalled.isEmpty)
        #expect(detector.ages.map(\.age) == [.seconds(2), .seconds(2)])
        #expect(look(seconds: 1001...1040, poolBeats: false) == ["1028: pool stalled after 30.0"])
    }

    @Test mutating func aWatchdogThatIsAlwaysStarvedNeedsLongerButFindsIt() {
        let changes = (1...20).flatMap { detector.look(beats: [0, UInt64($0)], now: .seconds(Double($0 * 10))) }
        #expect(changes == [.stalled(name: "pool", after: .seconds(30))])
    }

    @Test func aWatermarkCountsItsBeats() {
        let watermark = Watermark(name: "scheduler")
        for _ in 0..<3 { watermark.beat() }
        #expect(watermark.beats == 3)
    }
}
