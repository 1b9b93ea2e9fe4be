import HealthCore
import HealthTesting
import StateFile
import Testing

@testable import HealthExporter

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is read of an earlier process while this one writes.
struct StateSourceTests {
    private static let minute = Timestamp.newYear2026.nanosecondsSinceEpoch / 60_000_000_000

    private static func batch(_ counts: [Int64: SuccessCount]) -> HistoryBatch {
        var batch = HistoryBatch()
        for (offset, count) in counts {
            batch.counts[.init(component: "db", number: minute + offset)] = count
        }
        return batch
    }

    @Test func theCountsOfAnEarlierProcessAreReadOnceAlsoBesideWrites() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try StateFile(path: "\(path)/state.db")
        try file.write(
            Self.batch([
                0: .init(good: 10, bad: 1), -1: .init(good: 20, bad: 2), -90: .init(good: 40, bad: 4),
                -60 * 24 * 3: .init(good: 80, bad: 8),
            ])
        )
        let time = ManualTime(timestamp: .newYear2026.advanced(by: .seconds(30)))
        let registry = try CheckRegistry.make(.make("db"))
        let history = HistoryStore(time: time, isKept: true)
        let recorder = MetricsRecorder(identity: HealthSample.identity)
        history.apply(registry)
        recorder.apply(registry)
        let source = StateSource(
            history: history,
            recorder: recorder,
            heartbeats: HeartbeatMemory(),
            startMoment: time.moment,
            start: time.timestamp
        )
        try source.readCurrentCounts(of: file)
        // This process counts and writes before all of the past is read.
        let handle = try #require(registry.checks.first?.handle)
        let result = RunResult(
            .success,
            duration: .zero,
            traceID: TraceID(high: 0, low: 1),
            moment: time.moment,
            timestamp: time.timestamp
        )
        history.record(result, of: handle)
        recorder.record(result, of: handle)
        try file.write(try #require(source.gather()))
        try source.readOlderCounts(of: file)
        let now = time.timestamp
        let success = try #require(history.components()["db"]?.success)
        #expect(success.byHour.sum(ofLast: 48, at: now) == SuccessCount(good: 71, bad: 7))
        #expect(success.byDay.sum(ofLast: 90, at: now) == SuccessCount(good: 151, bad: 15))
        let ratios = recorder.snapshot().components["db"]?.readings(at: time.moment).map(\.ratio)
        #expect(ratios?.last == 71.0 / 78 && ratios?.first == 31.0 / 34)
    }
}
