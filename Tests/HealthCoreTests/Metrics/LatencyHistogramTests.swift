import HealthCore
import HealthTesting
import Testing

/// Counts of durations in buckets.
@Suite struct LatencyHistogramTests {
    private func histogram(
        _ milliseconds: Int...,
        bounds: [Duration] = [.milliseconds(10), .milliseconds(100)]
    )
        -> LatencyHistogram
    {
        var histogram = LatencyHistogram(bounds: bounds)
        for duration in milliseconds { histogram.record(.milliseconds(duration)) }
        return histogram
    }

    @Test func aBucketHoldsWhatIsAtMostItsBound() {
        var histogram = histogram(10, 11, 100, 101)
        #expect(histogram.cumulativeCounts == [1, 3, 4])
        histogram.record(.milliseconds(10) + .nanoseconds(1))
        #expect(histogram.cumulativeCounts == [1, 4, 5])
        histogram.record(.zero)
        #expect(histogram.cumulativeCounts == [2, 5, 6])
    }

    @Test func countsAndSumsEverything() {
        let histogram = histogram(10, 20, 30, 1000)
        #expect(histogram.count == 4)
        #expect(histogram.sum == 1.06)
    }

    @Test func emptyCountsNothing() {
        #expect(histogram().cumulativeCounts == [0, 0, 0])
        #expect(histogram().sum == 0)
        #expect(histogram().quantile(0.5) == nil)
    }

    @Test(arguments: [
        (0.5, 0.01), (0.25, 0.005), (1.0, 0.1), (0.75, 0.055), (0.99, 0.0982),
    ])
    func quantilesAreLinearWithinTheirBucket(share: Double, expected: Double) throws {
        // Two in (0, 10 ms], two in (10 ms, 100 ms].
        let quantile = try #require(histogram(3, 4, 50, 60).quantile(share))
        #expect(abs(quantile - expected) < 1e-9)
    }

    @Test func quantilesBeyondTheLastBoundStopThere() {
        #expect(histogram(500, 600).quantile(0.5) == 0.1)
        #expect(histogram(5, 600).quantile(0.99) == 0.1)
    }

    @Test func quantilesSkipEmptyBuckets() throws {
        let quantile = try #require(histogram(50, 50).quantile(0.5))
        #expect(abs(quantile - 0.055) < 1e-9)
    }

    @Test func keepsTheLatestExemplarOfEachBucket() {
        var histogram = LatencyHistogram(bounds: [.milliseconds(10)])
        for (low, duration) in [(1, 5), (2, 6), (3, 500)] as [(UInt64, Int)] {
            let id = TraceID(high: 0, low: low)
            histogram.record(.milliseconds(duration), exemplar: id, timestamp: .newYear2026)
        }
        #expect(histogram.exemplars.map { $0?.traceID } == [TraceID(high: 0, low: 2), TraceID(high: 0, low: 3)])
        #expect(histogram.exemplars.first??.value == .milliseconds(6))
    }

    @Test func countsLikeAPlainListUnderRandomDurations() {
        var random = SeededGenerator(seed: 5)
        let bounds = Buckets.standard
        var (histogram, list) = (LatencyHistogram(bounds: bounds), [Duration]())
        for _ in 0..<2000 {
            let duration =
                random.oneIn(3)
                ? bounds[Int.random(in: 0..<bounds.count, using: &random)] : random.milliseconds(0...40_000)
            histogram.record(duration)
            list.append(duration)
        }
        let expected = bounds.map { bound in UInt64(list.count { $0 <= bound }) } + [2000]
        #expect(histogram.cumulativeCounts == expected)
        let sum = list.reduce(Duration.zero, +).seconds
        #expect(abs(histogram.sum - sum) < 1e-6)
    }

    @Test func boundsThatDoNotAscendStopTheProgram() async {
        await #expect(processExitsWith: .failure) { _ = LatencyHistogram(bounds: [.seconds(2), .seconds(1)]) }
        await #expect(processExitsWith: .failure) { _ = LatencyHistogram(bounds: [.seconds(1), .seconds(1)]) }
    }

    /// A failed run 10 s after the start, then a run so many seconds later.
    @Test(arguments: [(0, false, false), (59, false, false), (60, false, true), (1, true, true), (-5, false, true)])
    func aFailedRunStandsForItsBucketForAMinute(later: Int, isFailure: Bool, replaces: Bool) {
        var histogram = LatencyHistogram(bounds: [.seconds(1)])
        let ids = [TraceID(high: 0, low: 1), TraceID(high: 0, low: 2)]
        for (id, second, isFailure) in [(ids[0], 10, true), (ids[1], 10 + later, isFailure)] {
            histogram.record(
                .milliseconds(5),
                exemplar: id,
                isFailure: isFailure,
                timestamp: .newYear2026.advanced(by: .seconds(second))
            )
        }
        #expect(histogram.exemplars.first??.traceID == (replaces ? ids[1] : ids[0]))
    }

    @Test func countsMoveToBoundsThatHoldTheOldOnes() throws {
        var old = histogram(5, 50, 500)
        old.record(.milliseconds(50), exemplar: TraceID(high: 0, low: 7), timestamp: .newYear2026, at: .seconds(1))
        let new = try #require(old.moved(to: [.milliseconds(1), .milliseconds(10), .milliseconds(100), .seconds(1)]))
        #expect(new.cumulativeCounts == [0, 1, 3, 3, 4])
        #expect(new.sum == old.sum && new.exemplars[2]?.traceID == TraceID(high: 0, low: 7))
        #expect(new.quantileOfLastHour(1, at: .seconds(1)) == 0.1)
        #expect(old.moved(to: [.milliseconds(10)]) == nil)
    }

    @Test func histogramsOfTheSameBoundsAddUp() throws {
        var first = histogram(5, 500)
        first.record(.milliseconds(5), at: .seconds(1))
        var other = histogram(50)
        other.record(.milliseconds(50), at: .seconds(400))
        let sum = try #require(LatencyHistogram(adding: [first, other]))
        #expect(sum.cumulativeCounts == [2, 4, 5])
        #expect(sum.sum == 0.61)
        #expect(sum.quantileOfLastHour(1, at: .seconds(400)) == 0.1)
        #expect(LatencyHistogram(adding: []) == nil)
    }
}
