import Synchronization

/// One task sleeps until a moment or until the alarm rings; a ring before the sleep is kept.
package final class Alarm<C: Clock>: Sendable where C.Duration == Duration {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
        /// Until when the task sleeps; nil while it doesn't.
        var target: Moment?
        /// The earliest moment of the rings since the last sleep; the next one does not go beyond it.
        var due: Moment?
    }

    private let state = Mutex(State())
    private let timeline: Timeline<C>

    /// An alarm that has not rung.
    package init(timeline: Timeline<C>) {
        self.timeline = timeline
    }

    /// Wakes the sleeper, or lets its next sleep end at once.
    package func ring() {
        wake { _ in true }
    }

    /// Wakes the sleeper if it would otherwise sleep past a moment, or lets its next sleep end then.
    package func ring(before due: Moment) {
        wake { state in
            if let target = state.target { return due < target }
            state.due = min(state.due ?? due, due)
            return false
        }
    }

    private func wake(if isWanted: (inout State) -> Bool) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard isWanted(&state) else { return nil }
            if state.waiter == nil { state.hasRung = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Sleeps until a moment, a ring, or cancellation.
    package func sleep(until due: Moment) async {
        let due = state.withLock { state in
            let earliest = min(state.due ?? due, due)
            (state.target, state.due) = (earliest, nil)
            return earliest
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForRing() }
            group.addTask { [timeline] in
                // Cancelled when the ring came first: nothing is left to wait for.
                try? await timeline.sleep(until: due)
            }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.target = nil }
    }

    private func waitForRing() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasRung || Task.isCancelled {
                        state.hasRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }
}
