import HeapModule
import Synchronization

/// The deadlines of the runs under way, watched by one task: the scheduler's loop, instead of a task and a timer for each run.
package final class RunDeadlines: Sendable {
    /// How a run ends: what comes first of its answer, its deadline and its cancellation counts.
    typealias RunEnd = FirstValue<RunEvaluator.Observation>

    private struct Entry: Comparable {
        let moment: Moment
        let end: RunEnd

        static func < (left: Entry, right: Entry) -> Bool { left.moment < right.moment }
        static func == (left: Entry, right: Entry) -> Bool { left.moment == right.moment }
    }

    private let entries = Mutex(Heap<Entry>())
    private let wake: @Sendable (Moment) -> Void

    /// No deadlines yet.
    ///
    /// - Parameter wake: wakes whoever watches, if that sleeps past a moment.
    package init(wake: @escaping @Sendable (Moment) -> Void) {
        self.wake = wake
    }

    /// Watches the deadline of a run.
    func add(_ end: RunEnd, at moment: Moment) {
        entries.withLock { $0.insert(Entry(moment: moment, end: end)) }
        wake(moment)
    }

    /// Ends the runs whose deadline has passed.
    ///
    /// - Returns: when the next deadline is; nil when no run is under way.
    package func expire(at now: Moment) -> Moment? {
        while let first = earliest() {
            if first.moment > now { return first.moment }
            first.end.set(RunEvaluator.Observation.deadline(at: now))
        }
        return nil
    }

    /// The earliest deadline of a run that has not ended; drops those that have.
    private func earliest() -> Entry? {
        entries.withLock { entries in
            while let first = entries.min, first.end.isSet { entries.removeMin() }
            return entries.min
        }
    }
}
