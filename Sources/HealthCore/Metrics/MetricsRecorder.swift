import Synchronization

/// Counts runs, latencies and success of every check and component.
package final class MetricsRecorder: Sendable {
    /// Everything counted, copied at one moment.
    package struct Snapshot: Sendable {
        package fileprivate(set) var checks: [CheckHandle: CheckMetrics] = [:]
        package fileprivate(set) var components: [String: SuccessWindows] = [:]
        package fileprivate(set) var scheduleDelay = LatencyHistogram(bounds: MetricsRecorder.scheduleDelayBounds)
    }

    private struct State {
        var snapshot = Snapshot()
        var idOf: [CheckHandle: CheckID] = [:]
        var handleOf: [CheckID: CheckHandle] = [:]
    }

    /// 1 ms to 10 s: a tick is 2 ms, and a second late is trouble already.
    package static let scheduleDelayBounds: [Duration] = [
        .milliseconds(1), .milliseconds(5), .milliseconds(10), .milliseconds(50), .milliseconds(100),
        .milliseconds(500),
        .seconds(1), .seconds(5), .seconds(10),
    ]

    private let state = Mutex(State())
    private let identity: ServiceIdentity

    package init(identity: ServiceIdentity) {
        self.identity = identity
    }

    /// Takes a registry: what stays goes on counting, what is gone loses its series at once.
    package func apply(_ registry: CheckRegistry) {
        state.withLock { state in
            let old = state.snapshot
            let oldHandles = state.handleOf
            state.handleOf = [:]
            (state.snapshot.checks, state.snapshot.components, state.idOf) = ([:], [:], [:])
            for component in registry.components {
                let name = component.registration.name
                let bounds = Buckets.bounds(for: component.registration)
                state.snapshot.components[name] = old.components[name] ?? SuccessWindows()
                state.snapshot.components[name]?.keep(only: component.registration.checks.map(\.id))
                for (handle, check) in zip(component.handles, component.registration.checks) {
                    let labels = identity.labels([("component", name), ("check", check.id.check)])
                    let circuit: CircuitState? = check.breaker == nil ? nil : .closed
                    let replaced = oldHandles[check.id].flatMap { old.checks[$0] }
                    if var same = old.checks[handle] {
                        same.useBounds(bounds)
                        state.snapshot.checks[handle] = same
                    } else if let replaced {
                        state.snapshot.checks[handle] = .init(
                            labels: labels,
                            bounds: bounds,
                            circuit: circuit,
                            replacing: replaced
                        )
                    } else {
                        state.snapshot.checks[handle] = .init(labels: labels, bounds: bounds, circuit: circuit)
                    }
                    state.idOf[handle] = check.id
                    state.handleOf[check.id] = handle
                }
            }
        }
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
            if result.outcome != .internal {
                state.snapshot.components[id.component]?.record(
                    isSuccess: result.outcome.isSuccess,
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
