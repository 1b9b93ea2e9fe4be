import Synchronization

/// One sleeper waits until a moment, or until somebody rings; a ring that comes first is kept.
package final class Alarm<C: Clock>: Sendable where C.Duration == Duration {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
        var target: Moment?
    }

    private let state = Mutex(State())
    private let timeline: Timeline<C>

    package init(timeline: Timeline<C>) {
        self.timeline = timeline
    }

    /// Wakes the sleeper if it would otherwise sleep past `due`; without a moment always.
    package func ring(before due: Moment? = nil) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if let due, let target = state.target, target <= due { return nil }
            if state.waiter == nil { state.hasRung = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Sleeps until a moment, a ring, or cancellation.
    package func sleep(until due: Moment) async {
        state.withLock { $0.target = due }
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
