import HealthCore
import HealthTesting
import Testing

/// Latency of the last hour.
@Suite struct LatencyWindowTests {
    private func histogram(_ runs: (Duration, at: Double)...) -> LatencyHistogram {
        var histogram = LatencyHistogram(bounds: [.milliseconds(100), .seconds(1), .seconds(10)])
        for run in runs { histogram.record(run.0, at: .seconds(run.at)) }
        return histogram
    }

    @Test func forgetsWhatIsOlderThanAnHour() throws {
        let histogram = histogram((.seconds(5), at: 0), (.milliseconds(50), at: 3500), (.milliseconds(50), at: 3550))
        #expect(try #require(histogram.quantile(0.99)) > 1)
        #expect(try #require(histogram.quantileOfLastHour(0.99, at: .seconds(3550))) > 1)
        #expect(try #require(histogram.quantileOfLastHour(0.99, at: .seconds(3900))) < 0.2)
        #expect(histogram.quantileOfLastHour(0.5, at: .seconds(8000)) == nil)
        #expect(histogram.quantile(0.5) != nil)
    }

    @Test func aRunThatIsRecordedLateCountsOnce() {
        var window = LatencyWindow()
        for second in [600.0, 599, 601] { window.record(bucket: 1, of: 2, at: .seconds(second)) }
        window.add(window)
        #expect(window.counts(at: .seconds(601)) == [0, 6])
    }

    @Test func isEmptyAtFirst() {
        #expect(histogram().quantileOfLastHour(0.5, at: .zero) == nil)
        #expect(LatencyWindow().counts(at: .seconds(100)).isEmpty)
    }

    @Test func keepsTwelveSteps() {
        var window = LatencyWindow()
        for minute in 0..<600 { window.record(bucket: 0, of: 2, at: .seconds(Double(minute * 60))) }
        // 55 to 60 minutes: the step under way and the eleven before it.
        #expect(window.counts(at: .seconds(599 * 60)) == [60, 0])
    }
}
