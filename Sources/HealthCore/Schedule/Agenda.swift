import DequeModule
import HeapModule

/// Decides what is due: slots in, starts and skips out.
///
/// Pure; the scheduler sleeps and starts.
package struct Agenda: Sendable {
    /// What happens to a slot.
    package enum Decision: Sendable, Equatable {
        /// Start a run of a slot.
        case start(CheckHandle, slot: Moment)
        /// The slot passed without a run; `overdue` when the run that blocks it is past its deadline.
        case skip(CheckHandle, slot: Moment, SkipReason, overdue: Bool)
    }

    /// How many runs may go on at once.
    package struct Limits: Sendable {
        /// Runs within their deadline, at least 1.
        package var runsInFlight: Int
        /// Up to this many runs past their deadline do not count against `runsInFlight`.
        package var runsOverdue: Int

        /// Limits.
        package init(runsInFlight: Int = 10_000, runsOverdue: Int = 1000) {
            self.runsInFlight = runsInFlight
            self.runsOverdue = runsOverdue
        }
    }

    private struct Entry {
        let grid: SlotGrid
        let timeout: Duration
        var due: Moment
        /// The slot to come, or the run of the last one, is off the grid: the first one, or one that confirms.
        var isOffGrid = true
        /// The slot to come was put off after a halt; it is not put off again.
        var isPutOff = false
        /// The slot that waits for a free place.
        var waiting: Moment?
        /// The circuit is open: slots before this one pass without a run.
        var trialAt: Moment?
        /// The number of the entry's valid element in the heap; elements with other numbers are outdated.
        var generation = 0

        /// The slot that comes next: on the grid, unless a trial comes before.
        func slot(after now: Moment) -> (moment: Moment, isTrial: Bool) {
            let next = grid.next(after: now)
            guard let trialAt, trialAt > now, trialAt < next else { return (next, false) }
            return (trialAt, true)
        }
    }

    private struct Due: Comparable {
        var moment: Moment
        var handle: CheckHandle
        var generation: Int

        static func < (left: Due, right: Due) -> Bool {
            left.moment != right.moment ? left.moment < right.moment : left.handle < right.handle
        }
    }

    private let limits: Limits
    private var entries: [CheckHandle: Entry] = [:]
    private var heap = Heap<Due>()
    private var waiting = Deque<CheckHandle>()
    /// Runs that have not returned; true when past the deadline.
    ///
    /// Outlives the entry when a check is removed during its run.
    private var runs: [CheckHandle: Bool] = [:]
    private var overdueCount = 0
    private var isStopped = false

    /// An agenda without checks.
    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Runs within their deadline.
    package var runsInFlight: Int { runs.count - overdueCount }
    /// Runs past their deadline that have not returned.
    package var runsOverdue: Int { overdueCount }
    /// When the next slot is due; nil when nothing is to come.
    package var earliest: Moment? { isStopped ? nil : heap.min?.moment }
    /// When a check is next due.
    package func nextDue(_ handle: CheckHandle) -> Moment? { isStopped ? nil : entries[handle]?.due }

    /// Adds a check whose first slot is `first`; the slots after that lie on its grid.
    ///
    /// The run of a slot off the grid may last for its whole timeout before the next slot on the grid counts.
    package mutating func add(_ handle: CheckHandle, grid: SlotGrid, timeout: Duration, first: Moment) {
        precondition(entries[handle] == nil, "a check is added once")
        entries[handle] = Entry(grid: grid, timeout: timeout, due: first)
        heap.insert(Due(moment: first, handle: handle, generation: 0))
    }

    /// Removes a check; a run of it that goes on keeps its place until it returns.
    package mutating func remove(_ handle: CheckHandle) {
        entries[handle] = nil
    }

    /// Makes a check due now, also while its circuit is open; returns false when a run of it goes on or waits already.
    package mutating func runNow(_ handle: CheckHandle, at now: Moment) -> Bool {
        guard !isStopped, let entry = entries[handle], runs[handle] == nil, entry.waiting == nil else { return false }
        entries[handle]?.isOffGrid = true
        if let trialAt = entry.trialAt { entries[handle]?.trialAt = min(trialAt, now) }
        reschedule(handle, at: now)
        return true
    }

    /// No slot is due from now on.
    package mutating func stop() {
        isStopped = true
        waiting.removeAll()
    }

    /// The process stood still: the slots that passed meanwhile are spread as first runs are, instead of coming all at once.
    ///
    /// Each is put off once: a check runs although one halt follows the other.
    package mutating func resume(at now: Moment) {
        guard !isStopped else { return }
        let missed = entries.filter { handle, entry in
            entry.due <= now && !entry.isPutOff && runs[handle] == nil && entry.waiting == nil
                && (entry.trialAt.map { $0 <= entry.due } ?? true)
        }
        for (handle, entry) in missed.sorted(by: { $0.key < $1.key }) {
            entries[handle]?.isOffGrid = true
            entries[handle]?.isPutOff = true
            reschedule(handle, at: now.advanced(by: entry.grid.firstDelay(amongChecks: entries.count)))
        }
    }

    /// Everything that is due at `now`, in the order of the slots; starts come after skips.
    package mutating func advance(to now: Moment) -> [Decision] {
        guard !isStopped else { return [] }
        var decisions: [Decision] = []
        while let next = heap.min, next.moment <= now {
            heap.removeMin()
            guard let entry = entries[next.handle], entry.generation == next.generation else { continue }
            if let skip = pass(slot: next.moment, of: next.handle, entry, now: now) { decisions.append(skip) }
        }
        startWaiting(into: &decisions)
        return decisions
    }

    /// Lets a slot wait for a place, or skips it; the next one is on the grid.
    private mutating func pass(slot: Moment, of handle: CheckHandle, _ entry: Entry, now: Moment) -> Decision? {
        var entry = entry
        let isOpen = entry.trialAt.map { slot < $0 } ?? false
        let isOffGrid = entry.isOffGrid && runs[handle] == nil && entry.waiting == nil && !isOpen
        if !isOpen, runs[handle] == nil { entry.trialAt = nil }
        entry.isPutOff = false
        defer {
            let next = entry.slot(after: isOffGrid ? now.advanced(by: entry.timeout) : now)
            entry.isOffGrid = isOffGrid || next.isTrial
            entries[handle] = entry
            reschedule(handle, at: next.moment)
        }
        if let isOverdue = runs[handle] { return .skip(handle, slot: slot, .overlap, overdue: isOverdue) }
        if isOpen { return .skip(handle, slot: slot, .circuitOpen, overdue: false) }
        guard let missed = entry.waiting else {
            entry.waiting = slot
            waiting.append(handle)
            return nil
        }
        entry.waiting = slot
        return .skip(handle, slot: missed, .saturated, overdue: false)
    }

    private mutating func startWaiting(into decisions: inout [Decision]) {
        while hasFreePlace, let handle = waiting.popFirst() {
            guard let slot = entries[handle]?.waiting else { continue }
            entries[handle]?.waiting = nil
            runs[handle] = false
            decisions.append(.start(handle, slot: slot))
        }
    }

    private var hasFreePlace: Bool {
        runs.count - min(overdueCount, limits.runsOverdue) < limits.runsInFlight
    }

    private mutating func reschedule(_ handle: CheckHandle, at due: Moment) {
        guard var entry = entries[handle] else { return }
        entry.due = due
        entry.generation += 1
        entries[handle] = entry
        heap.insert(Due(moment: due, handle: handle, generation: entry.generation))
    }

    /// A result was published: while it disagrees with the status, the next slot comes `confirmInterval` later, else on the grid.
    ///
    /// - Parameter trialAt: the circuit is open until then; slots before pass without a run.
    package mutating func published(
        _ handle: CheckHandle,
        at now: Moment,
        confirmIn confirmInterval: Duration?,
        trialAt: Moment? = nil
    ) {
        guard var entry = entries[handle] else { return }
        if let trialAt {
            entry.trialAt = trialAt
            let next = entry.slot(after: now)
            entry.isOffGrid = next.isTrial
            entries[handle] = entry
            reschedule(handle, at: next.moment)
        } else if let confirmInterval {
            entries[handle]?.isOffGrid = true
            reschedule(handle, at: now.advanced(by: confirmInterval))
        } else if entry.isOffGrid {
            entries[handle]?.isOffGrid = false
            reschedule(handle, at: entry.grid.next(after: now))
        }
    }

    /// A run passed its deadline and has not returned.
    package mutating func overdue(_ handle: CheckHandle) {
        guard runs[handle] == false else { return }
        runs[handle] = true
        overdueCount += 1
    }

    /// A run returned; its place is free.
    package mutating func finished(_ handle: CheckHandle) {
        if runs.removeValue(forKey: handle) == true { overdueCount -= 1 }
    }

    /// Whether a slot waits for a place and there is one: the agenda has to be advanced at once.
    package var canStartWaiting: Bool {
        !isStopped && !waiting.isEmpty && hasFreePlace
    }
}
