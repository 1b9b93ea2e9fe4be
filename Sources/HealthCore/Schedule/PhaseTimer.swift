import Synchronization

/// A part of a run over the network, in the order in which they come.
public enum RunPhase: String, CaseIterable, Sendable {
    case resolve, connect, tls, request, processing, transfer

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
    private var durations = [Duration](repeating: .zero, count: RunPhase.allCases.count)

    package init() {}

    package subscript(phase: RunPhase) -> Duration {
        get { durations[phase.index] }
        set { durations[phase.index] = newValue }
    }
}

/// Times the phases of one run: the check says which one begins, and the runner reads them, also at the deadline.
public final class PhaseTimer: Sendable {
    private struct State {
        var durations = PhaseDurations()
        var current: RunPhase?
        var since = Moment.zero
        var shortage: String?
        var restarts = 0
    }

    private let state = Mutex(State())
    private let time: any TimeSource

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

    /// Says whether the run waits for something of the exporter itself, such as a free thread: then the target is not judged.
    public func setHeldUp(_ isHeldUp: Bool) {
        setHeldUp(by: isHeldUp ? "other calls hang, or limits.blocking_threads is too small" : nil)
    }

    /// Says why the run gets no thread of the exporter at the moment; nil when it has one, or needs none.
    package func setHeldUp(by shortage: String?) {
        state.withLock { $0.shortage = shortage }
    }

    /// Why the run gets no thread of the exporter.
    package var shortage: String? {
        state.withLock { $0.shortage }
    }

    /// Whether the run waits for something of the exporter itself.
    package var isHeldUp: Bool { shortage != nil }

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
