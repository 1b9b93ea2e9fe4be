import Synchronization

/// A part of a run over the network, in the order in which they come.
public enum RunPhase: String, CaseIterable, Sendable {
    case resolve, connect, tls, request, processing, transfer

    /// The index in durations by phase.
    package var index: Int {
        switch self {
        case .resolve: 0
        case .connect: 1
        case .tls: 2
        case .request: 3
        case .processing: 4
        case .transfer: 5
        }
    }
}

/// How long each phase of a run took; zero when it was not reached.
package struct PhaseDurations: Sendable, Equatable {
    /// By the index of the phase, in place: a run copies them several times.
    private var nanoseconds = SIMD8<Int64>()

    /// No phase was reached.
    package init() {}

    /// The duration of a phase, in whole nanoseconds.
    package subscript(phase: RunPhase) -> Duration {
        get { .nanoseconds(nanoseconds[phase.index]) }
        set { nanoseconds[phase.index] = newValue.wholeNanoseconds }
    }
}

/// Times the phases of one run: the check says which phase begins, and the runner reads the durations, also at the deadline.
public final class PhaseTimer: Sendable {
    private struct State {
        var durations = PhaseDurations()
        var current: RunPhase?
        var since = Moment.zero
        var shortage: String?
        var peer: String?
        var restarts = 0
    }

    private let state = Mutex(State())
    private let time: any TimeSource

    /// A timer of a run that begins now.
    package init(time: any TimeSource) {
        self.time = time
    }

    /// Ends the phase under way, if any, and begins another; a phase entered again goes on adding up.
    public func enter(_ phase: RunPhase) {
        switchTo(phase)
    }

    /// Ends the phase under way.
    public func finish() {
        switchTo(nil)
    }

    /// Begins anew, for another try within the same run.
    package func restart() {
        state.withLock { state in
            state = State(restarts: state.restarts + 1)
        }
    }

    /// How often it began anew.
    package var restarts: Int {
        state.withLock { $0.restarts }
    }

    /// Says whether the run waits for something of the exporter itself, such as a free thread; a timeout is an internal error then.
    public func setBlocked(_ isBlocked: Bool) {
        setBlocked(by: isBlocked ? "other calls hang, or limits.blocking_threads is too small" : nil)
    }

    /// Says why the run gets no thread of the exporter at the moment; nil when it has one, or needs none.
    package func setBlocked(by shortage: String?) {
        state.withLock { $0.shortage = shortage }
    }

    /// Why the run gets no thread of the exporter.
    package var shortage: String? {
        state.withLock { $0.shortage }
    }

    /// Says whom the run waits for when it is not the target, as constant words such as `the proxy`; a timeout names it.
    ///
    /// - Returns: whom it waited for before; nil for the target.
    @discardableResult
    package func setPeer(_ peer: String?) -> String? {
        state.withLock { state in
            defer { state.peer = peer }
            return state.peer
        }
    }

    /// Whom the run waits for; nil for the target.
    package var peer: String? {
        state.withLock { $0.peer }
    }

    /// Whether the run is blocked by a shortage of the exporter itself.
    package var isBlocked: Bool { shortage != nil }

    private func switchTo(_ phase: RunPhase?) {
        let now = time.moment
        state.withLock { state in
            if let current = state.current { state.durations[current] += state.since.duration(to: now) }
            state.current = phase
            state.since = now
        }
    }

    /// The phase under way.
    package var current: RunPhase? {
        state.withLock { $0.current }
    }

    /// The phases until now, the one under way included.
    package var durations: PhaseDurations {
        let now = time.moment
        return state.withLock { state in
            var durations = state.durations
            if let current = state.current { durations[current] += state.since.duration(to: now) }
            return durations
        }
    }
}
