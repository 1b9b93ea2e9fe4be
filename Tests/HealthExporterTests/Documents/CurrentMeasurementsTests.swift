import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// Which measurements a document shows, and from when they are.
struct CurrentMeasurementsTests {
    private static let size = Measurement(name: "health_x_bytes", help: "")
    private static let count = Measurement(name: "health_x_count", help: "")

    /// What is shown `age` after the last of these runs, which are a second apart; `max_age` is 22 s.
    private static func values(
        _ runs: [(measured: [MeasuredValue], details: [CheckReport.Detail])],
        after age: Duration = .zero
    ) throws -> [CurrentMeasurements.Value] {
        let time = ManualTime()
        let registry = try CheckRegistry.make(.make())
        let (store, recorder) = (StatusStore(time: time) { _ in }, MetricsRecorder(identity: HealthSample.identity))
        store.apply(registry)
        recorder.apply(registry)
        for run in runs {
            time.advance(by: .seconds(1))
            var result = RunResult.make(.success, at: time.moment, measured: run.measured)
            result.details = run.details
            _ = store.publish(result, of: registry.checks[0].handle)
            recorder.record(result, of: registry.checks[0].handle)
        }
        time.advance(by: age)
        let check = try #require(store.snapshot().checks.first)
        let metrics = recorder.snapshot().checks[check.handle]
        return CurrentMeasurements(of: check, metrics, now: time.moment, timestamp: time.timestamp).values
    }

    private static func value(_ name: String, _ value: Double, second: Double) -> CurrentMeasurements.Value {
        .init(name: name, value: value, timestamp: .newYear2026.advanced(by: .seconds(second)))
    }

    @Test func withoutRunsNothingIsShown() throws {
        #expect(try Self.values([]).isEmpty)
    }

    @Test func aValueIsAsOldAsItsMeasurementNotAsTheLastRun() throws {
        let runs =
            [([MeasuredValue(Self.size, 7), MeasuredValue(Self.count, 1)], []), ([MeasuredValue(Self.count, 2)], [])]
            as [([MeasuredValue], [CheckReport.Detail])]
        #expect(
            try Self.values(runs) == [
                Self.value("health_x_bytes", 7, second: 1), Self.value("health_x_count", 2, second: 2),
            ]
        )
    }

    @Test(arguments: [(Duration.seconds(22), 1), (.milliseconds(22_001), 0)])
    func aValueIsShownUntilMaxAge(age: Duration, count: Int) throws {
        #expect(try Self.values([([MeasuredValue(Self.size, 7)], [])], after: age).count == count)
        #expect(try Self.values([([], [.init("load", "3", number: 3)])], after: age).count == count)
    }

    @Test func numbersOfDetailsComeAfterMeasurementsAndDoNotHideThem() throws {
        let details: [CheckReport.Detail] = [
            .init("load", "3", number: 3), .init("health_x_bytes", "9", number: 9), .init("text", "no number"),
            .init("load", "4", number: 4),
        ]
        #expect(
            try Self.values([([MeasuredValue(Self.size, 7)], details)]) == [
                Self.value("health_x_bytes", 7, second: 1), Self.value("load", 3, second: 1),
                Self.value("load 2", 4, second: 1),
            ]
        )
    }

    @Test func onlyTheDetailsOfTheLastRunAreShown() throws {
        let runs =
            [([], [.init("old", "1", number: 1)]), ([], [.init("new", "2", number: 2)])]
            as [([MeasuredValue], [CheckReport.Detail])]
        #expect(try Self.values(runs).map(\.name) == ["new"])
    }

    @Test(
        arguments: [
            ([], []), (["a"], ["a"]), (["a", "b"], ["a", "b"]), (["a", "a", "a"], ["a", "a 2", "a 3"]),
            (["a", "b", "a"], ["a", "b", "a 2"]), (["", ""], ["", " 2"]),
        ] as [([String], [String])]
    )
    func detailsOfTheSameNameAreNumbered(names: [String], expected: [String]) {
        let details = names.map { CheckReport.Detail($0, "v") }
        #expect(details.uniquelyNamed.map(\.name) == expected)
    }

    @Test func withoutRunsLatenciesAreNull() {
        var json = JSONWriter()
        LatencyDocument(histogram: nil, now: .zero).write(into: &json)
        let expected = #"{"p50":null,"p95":null,"p99":null,"1h":{"p50":null,"p95":null,"p99":null}}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
    }

    @Test func theLastHourForgetsWhatIsOlder() {
        var histogram = LatencyHistogram(bounds: [.milliseconds(10), .milliseconds(20)])
        histogram.record(
            .milliseconds(5),
            exemplar: TraceID(high: 1, low: 2),
            isFailure: false,
            timestamp: .newYear2026,
            at: .zero
        )
        func text(at now: Moment) -> String {
            var json = JSONWriter()
            LatencyDocument(histogram: histogram, now: now).write(into: &json)
            return String(decoding: json.bytes, as: UTF8.self)
        }
        #expect(text(at: .seconds(60)).contains(#""1h":{"p50":0.005,"#))
        let old = text(at: .seconds(2 * 3600))
        #expect(old.hasPrefix(#"{"p50":0.005,"#) && old.hasSuffix(#""1h":{"p50":null,"p95":null,"p99":null}}"#))
    }
}
