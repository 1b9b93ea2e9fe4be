package import HealthCore

/// Runs every check once, without schedule or listeners.
package struct OneTimeRun<C: Clock>: Sendable where C.Duration == Duration {
    private let configuration: ExporterConfiguration
    private let timeline: Timeline<C>

    /// A run of all checks of a configuration.
    package init(configuration: ExporterConfiguration, timeline: Timeline<C>) {
        self.configuration = configuration
        self.timeline = timeline
    }

    /// What every check saw; comes back when each has a result, though one that hangs may still be running.
    package func run(report: @escaping @Sendable (HealthSnapshot, MetricsRecorder.Snapshot) -> Void) async {
        configuration.adaptLoops()
        let store = StatusStore(time: timeline) { _ in }
        let recorder = MetricsRecorder(identity: configuration.identity)
        let generations = GenerationStore(status: store, recorder: recorder)
        generations.apply(configuration.registry)
        let (results, continuation) = AsyncStream.makeStream(of: Void.self)
        let runner = CheckRunner(timeline: timeline)
        let checks = configuration.registry.checks
        await withDiscardingTaskGroup { group in
            var waiting = checks[...]
            func startNext() {
                guard let (handle, registration, _) = waiting.popFirst() else { return }
                group.addTask {
                    var generator = SystemRandomNumberGenerator()
                    await runner(
                        .init(registration: registration, traceID: TraceID(using: &generator)) { result in
                            _ = store.publish(result, of: handle)
                            recorder.record(result, of: handle)
                            continuation.yield(())
                        } pending: { report in
                            store.record(report, of: handle)
                            recorder.record(report, of: handle)
                            continuation.yield(())
                        }
                    )
                }
            }
            for _ in 0..<configuration.settings.limits.runsInFlight { startNext() }
            var missing = checks.count
            var iterator = results.makeAsyncIterator()
            while missing > 0, await iterator.next() != nil {
                missing -= 1
                startNext()
            }
            let known = generations.snapshot()
            report(known.health, known.metrics)
        }
    }
}
