import Synchronization

/// Counts runs, latencies and success of every check and component.
package final class MetricsRecorder: Sendable {
    /// Everything counted, copied at one moment.
    package struct Snapshot: Sendable {
        /// By check.
        package fileprivate(set) var checks: [CheckHandle: CheckMetrics] = [:]
        /// By name of the component.
        package fileprivate(set) var components: [String: SuccessWindows] = [:]
        /// How long after their slots runs started.
        package fileprivate(set) var scheduleDelay: LatencyHistogram
        /// How many registries were applied.
        package fileprivate(set) var generation: UInt64 = 0
    }

    private struct State {
        var snapshot: Snapshot
        var idOf: [CheckHandle: CheckID] = [:]
        var handleOf: [CheckID: CheckHandle] = [:]
    }

    /// 1 ms to 10 s: the scheduler gathers due runs for 2 ms, and a start that is a second late is far too late.
    package static let scheduleDelayBounds: [Duration] = [
        .milliseconds(1), .milliseconds(5), .milliseconds(10), .milliseconds(50), .milliseconds(100),
        .milliseconds(500),
        .seconds(1), .seconds(5), .seconds(10),
    ]

    private let state: Mutex<State>
    private let identity: ServiceIdentity
    private let isNative: Bool

    /// A recorder with nothing registered; `identity` gives the labels of every sample.
    ///
    /// - Parameter histograms: whether exponential buckets are counted, too.
    package init(identity: ServiceIdentity, histograms: HistogramForms = .classic) {
        self.identity = identity
        isNative = histograms.hasNative
        let delay = LatencyHistogram(bounds: Self.scheduleDelayBounds, isNative: isNative)
        state = Mutex(State(snapshot: Snapshot(scheduleDelay: delay)))
    }

    /// Replaces the registry: checks that stay go on counting, those that are gone lose their series at once.
    ///
    /// - Parameter timestamp: from which on new checks are counted; nil is with the process.
    package func apply(_ registry: CheckRegistry, at timestamp: Timestamp? = nil) {
        state.withLock { state in
            let old = state
            state = State(snapshot: Snapshot(scheduleDelay: old.snapshot.scheduleDelay))
            state.snapshot.generation = old.snapshot.generation + 1
            for component in registry.components {
                let name = component.registration.name
                let bounds = Buckets.bounds(for: component.registration)
                state.snapshot.components[name] = old.snapshot.components[name] ?? SuccessWindows()
                state.snapshot.components[name]?.keep(only: component.registration.checks.map(\.id))
                for (handle, check) in zip(component.handles, component.registration.checks) {
                    state.snapshot.checks[handle] = metrics(
                        of: check,
                        handle: handle,
                        from: CheckMetrics(
                            labels: identity.labels([("component", name), ("check", check.id.check)]),
                            latency: LatencyHistogram(bounds: bounds, isNative: isNative),
                            circuit: check.breaker == nil ? nil : .closed,
                            created: timestamp
                        ),
                        old
                    )
                    state.idOf[handle] = check.id
                    state.handleOf[check.id] = handle
                }
            }
        }
    }

    /// What a check begins with: what it has, what one of its name had before, or nothing yet.
    private func metrics(
        of check: Registration,
        handle: CheckHandle,
        from new: CheckMetrics,
        _ old: State
    ) -> CheckMetrics {
        if var same = old.snapshot.checks[handle] {
            same.useBounds(new.latency.upperBounds)
            return same
        }
        return old.handleOf[check.id].flatMap { old.snapshot.checks[$0] }.map { new.continuing($0) } ?? new
    }

    /// Adds what was counted in a minute of an earlier process, which began at a moment before the start of this one.
    package func restore(_ count: SuccessCount, of component: String, at moment: Moment) {
        state.withLock { $0.snapshot.components[component]?.add(count, at: moment) }
    }

    /// A run started so long after its slot.
    package func recordStart(delay: Duration) {
        state.withLock { $0.snapshot.scheduleDelay.record(delay) }
    }

    /// A run was completed.
    package func record(_ result: RunResult, of handle: CheckHandle) {
        state.withLock { state in
            guard let id = state.idOf[handle] else { return }
            state.snapshot.checks[handle]?.record(result)
            if result.kind != .internal {
                state.snapshot.components[id.component]?.record(
                    isSuccess: result.kind.isSuccess,
                    of: id,
                    at: result.moment
                )
            }
        }
    }

    /// A check has nothing to report yet: what it measured is all that is kept.
    package func record(_ report: PendingReport, of handle: CheckHandle) {
        state.withLock { $0.snapshot.checks[handle]?.record(report) }
    }

    /// A slot passed without a run.
    package func record(_ skip: SkipReason, of handle: CheckHandle, at moment: Moment) {
        state.withLock { state in
            guard let id = state.idOf[handle] else { return }
            state.snapshot.checks[handle]?.record(skip)
            if skip != .saturated {
                state.snapshot.components[id.component]?.record(isSuccess: false, of: id, at: moment)
            }
        }
    }

    /// The circuit of a check opened, is being tried or closed.
    package func recordCircuit(_ circuit: CircuitState, of handle: CheckHandle) {
        state.withLock { $0.snapshot.checks[handle]?.circuit = circuit }
    }

    /// Everything counted until now.
    package func snapshot() -> Snapshot {
        state.withLock { $0.snapshot }
    }
}
