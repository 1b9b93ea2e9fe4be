import HealthCore
import HealthTesting
import Testing

/// What is counted about checks and components.
@Suite struct MetricsRecorderTests {
    private let recorder = MetricsRecorder(
        identity: ServiceIdentity(name: "orders", environment: "test", version: "1", instance: "a")
    )

    private func registered(_ components: ComponentRegistration...) throws -> (CheckRegistry, [CheckHandle]) {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        recorder.apply(registry)
        return (registry, registry.checks.map(\.handle))
    }

    private func metrics(_ handle: CheckHandle) throws -> CheckMetrics {
        try #require(recorder.snapshot().checks[handle])
    }

    @Test func countsRunsByResultAndFailuresByReasonToo() throws {
        let (_, handles) = try registered(.make("db"))
        let results: [RunResult] = [
            .make(.success), .make(.success), .make(.degraded, reason: .tooSlow), .make(.failure, reason: .unreachable),
            .make(.failure, reason: .connectRefused), .make(.failure, reason: .connectRefused),
            .make(.timeout, reason: .dnsTimeout), .make(.timeout), .make(.internal),
        ]
        for result in results { recorder.record(result, of: handles[0]) }
        let metrics = try metrics(handles[0])
        #expect(metrics.counts.runs == [2, 1, 3, 2, 1])
        // By result, then in the order of the closed list, whatever came first.
        #expect(metrics.counts.failures.map(\.kind) == [.degraded, .failure, .failure, .timeout, .timeout, .internal])
        #expect(
            metrics.counts.failures.map(\.reason) == [
                .tooSlow, .connectRefused, .unreachable, .timeout, .dnsTimeout, .internal,
            ]
        )
        #expect(metrics.counts.failures.map(\.count) == [1, 2, 1, 1, 1, 1])
    }

    @Test func ourOwnTroubleIsCountedButNotTimed() throws {
        let (_, handles) = try registered(.make("db"))
        recorder.record(.make(.success, duration: .milliseconds(20), at: .seconds(1)), of: handles[0])
        recorder.record(.make(.internal, duration: .seconds(9), at: .seconds(2)), of: handles[0])
        let metrics = try metrics(handles[0])
        #expect(metrics.latency.count == 1)
        #expect(metrics.last.duration == .milliseconds(20))
        #expect(metrics.last.timestamp == .newYear2026.advanced(by: .seconds(2)))
        #expect(metrics.last.successTimestamp == .newYear2026.advanced(by: .seconds(1)))
        #expect(recorder.snapshot().components["db"]?.readings(at: .seconds(2)).first?.ratio == 1)
    }

    @Test func timeoutsAndFailuresAreTimed() throws {
        let (_, handles) = try registered(.make("db"))
        recorder.record(.make(.timeout, duration: .seconds(2)), of: handles[0])
        recorder.record(.make(.failure, duration: .seconds(1)), of: handles[0])
        let metrics = try metrics(handles[0])
        #expect(metrics.latency.count == 2)
        #expect(metrics.latency.sum == 3)
        #expect(metrics.latency.exemplars.count { $0?.traceID == TraceID(high: 1, low: 2) } == 2)
        #expect(metrics.last.successTimestamp == nil)
    }

    @Test(
        arguments: [
            ([ResultKind.success, .degraded], [], 1),
            ([.success, .failure, .timeout, .internal], [], 1.0 / 3),
            ([.success], [SkipReason.overlap, .circuitOpen, .saturated], 1.0 / 3),
            ([], [.saturated], nil),
            ([], [.overlap], 0),
        ] as [([ResultKind], [SkipReason], Double?)]
    )
    func theSuccessRatioFollowsItsFormula(runs: [ResultKind], skips: [SkipReason], ratio: Double?) throws {
        let (_, handles) = try registered(.make("db", checks: [.make("db/a"), .make("db/b")]))
        for (index, run) in runs.enumerated() { recorder.record(.make(run), of: handles[index % 2]) }
        for (index, skip) in skips.enumerated() { recorder.record(skip, of: handles[index % 2], at: .zero) }
        let ratios = recorder.snapshot().components["db"]?.readings(at: .zero).map(\.ratio)
        #expect(ratios == [ratio, ratio, ratio])
    }

    @Test func countsSkipsByReason() throws {
        let (_, handles) = try registered(.make("db"))
        for skip in [SkipReason.overlap, .saturated, .overlap, .circuitOpen, .saturated, .saturated] {
            recorder.record(skip, of: handles[0], at: .zero)
        }
        #expect(try metrics(handles[0]).counts.skips == [2, 1, 3])
    }

    @Test func keepsTheLatestValueOfEachMeasurement() throws {
        let (_, handles) = try registered(.make("db"))
        let (size, age) = (
            Measurement(name: "health_x_bytes", help: ""), Measurement(name: "health_x_seconds", help: "")
        )
        recorder.record(.make(.success, at: .seconds(1), measured: [.init(size, 1), .init(age, 2)]), of: handles[0])
        recorder.record(.make(.failure, at: .seconds(2), measured: [.init(size, 3)]), of: handles[0])
        let observations = try metrics(handles[0]).observations
        #expect(observations.map(\.measurement) == [size, age])
        #expect(observations.map(\.value) == [3, 2])
        #expect(observations.map(\.moment) == [.seconds(2), .seconds(1)])
    }

    @Test func aNewRegistryKeepsCountingWhatStaysAndDropsWhatIsGone() throws {
        var (registry, handles) = try registered(.make("a"), .make("b"))
        for handle in handles { recorder.record(.make(.success), of: handle) }
        registry = try registry.removing("a")
        recorder.apply(registry)
        try registry.add(.make("a"))
        recorder.apply(registry)
        recorder.record(.make(.success), of: handles[0])
        let snapshot = recorder.snapshot()
        #expect(snapshot.checks[handles[0]] == nil)
        #expect(snapshot.checks[handles[1]]?.counts.runs[0] == 1)
        let added = try #require(registry.checks.last?.handle)
        #expect(snapshot.checks[added]?.counts.runs == [0, 0, 0, 0, 0])
    }

    @Test func timesScheduleDelays() {
        recorder.recordStart(delay: .milliseconds(1))
        recorder.recordStart(delay: .seconds(60))
        let delays = recorder.snapshot().scheduleDelay
        #expect(delays.count == 2)
        #expect(delays.cumulativeCounts.first == 1)
    }

    @Test func remembersTheLastFailedRuns() throws {
        let (_, handles) = try registered(.make("db"))
        for number in 0..<50 {
            let kinds = [ResultKind.failure, .timeout, .internal, .success, .degraded]
            var result = RunResult.make(kinds[number % kinds.count], at: .seconds(Double(number)))
            result.traceID = TraceID(high: 0, low: UInt64(number))
            recorder.record(result, of: handles[0])
        }
        let runs = try metrics(handles[0]).failedRuns
        #expect(runs.count == 20)
        #expect(runs.first?.traceID == TraceID(high: 0, low: 47) && runs.first?.kind == .internal)
        #expect(Set(runs.map(\.traceID)).count == 20 && runs.allSatisfy { !$0.kind.isSuccess })
    }

    private func checks(_ timeout: Duration?) -> [Registration] {
        let kept = Registration.make("db/kept", schedule: Schedule(interval: .seconds(60), timeout: .seconds(2)))
        guard let timeout else { return [kept] }
        return [kept, .make("db/sibling", schedule: Schedule(interval: .seconds(60), timeout: timeout))]
    }

    @Test func aSiblingsTimeoutLeavesAHistogramItsCounts() throws {
        let (registry, handles) = try registered(.make("db", checks: checks(.seconds(2))))
        for milliseconds in [4, 40, 1900, 2000] {
            recorder.record(.make(.success, duration: .milliseconds(milliseconds)), of: handles[0])
        }
        var changed = try CheckRegistry.make(.make("db", checks: checks(.seconds(7))))
        changed.replace(registry, unchanged: [CheckID(component: "db", check: "kept")])
        recorder.apply(changed)
        let latency = try metrics(handles[0]).latency
        #expect(latency.count == 4 && latency.sum == 3.944)
        #expect(latency.has(bounds: Buckets.bounds(for: changed.components[0].registration)))
        let below = zip(latency.upperBounds, latency.cumulativeCounts).first { $0.0 == .seconds(2) }
        #expect(below?.1 == 4)
    }

    @Test func aChangedCheckKeepsItsLastRunInEveryWindow() throws {
        let (registry, handles) = try registered(.make("db", checks: [.make("db/a"), .make("db/b")]))
        recorder.record(.make(.failure, at: .zero), of: handles[0])
        recorder.record(.make(.success, at: .zero), of: handles[1])
        // Other checks of the same names, in another order.
        var changed = try CheckRegistry.make(.make("db", checks: [.make("db/b"), .make("db/a")]))
        changed.replace(registry, unchanged: [])
        recorder.apply(changed)
        let later = Moment.seconds(600)
        func ratio() -> Double? { recorder.snapshot().components["db"]?.readings(at: later).first?.ratio }
        #expect(ratio() == 0.5)
        recorder.record(.make(.success, at: later), of: changed.checks[1].handle)
        #expect(ratio() == 1)
    }

    @Test func boundsThatDoNotHoldTheOldOnesMakeAChangedCheck() throws {
        let (registry, handles) = try registered(.make("db", checks: checks(.seconds(7))))
        recorder.record(.make(.success), of: handles[0])
        var changed = try CheckRegistry.make(.make("db", checks: checks(.seconds(2))))
        changed.replace(registry, unchanged: [CheckID(component: "db", check: "kept")])
        #expect(changed.components[0].handles[0] != handles[0])
        recorder.apply(changed)
        let metrics = try metrics(changed.components[0].handles[0])
        #expect(metrics.latency.count == 0 && metrics.counts.runs[0] == 1)
    }
}
