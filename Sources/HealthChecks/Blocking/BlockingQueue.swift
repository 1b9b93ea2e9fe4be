import DequeModule
import HealthCore

/// Which calls of a ``BlockingPool`` run, and which wait: a value without threads of its own.
struct BlockingQueue {
    /// What becomes of a call that enters.
    enum Admission {
        /// Too many calls wait, or the pool is closed.
        case refused
        /// It waits for a thread, or for a call about the same subject.
        case waits
        /// A thread is reserved for it.
        case runs
    }

    private let threads: Int
    private let capacity: Int
    /// The message of a run that waits for a thread.
    private let shortage: String

    /// How many threads are reserved or taken.
    private(set) var busy = 0
    /// Calls that run on the next free thread.
    private var ready = Deque<BlockingCall>()
    /// Calls that wait for one about the same subject.
    private var blocked = SubjectQueues()
    private var running: [Int: BlockingCall] = [:]
    /// The number of the call that began last.
    private var lastNumber = 0
    private var isClosed = false

    /// - Parameters:
    ///   - threads: how many calls run side by side.
    ///   - capacity: how many calls wait at most.
    ///   - shortage: why a run waits for a thread.
    init(threads: Int, capacity: Int, shortage: String) {
        self.threads = threads
        self.capacity = capacity
        self.shortage = shortage
    }

    /// How many calls wait for one about the same subject.
    var blockedCount: Int { blocked.count }

    /// Lets a call in; one about a subject under way waits behind it, because its target is what blocks it.
    mutating func admit(_ call: BlockingCall) -> Admission {
        guard hasRoom() else { return .refused }
        if let subject = call.subject, !blocked.enter(call, subject: subject) { return .waits }
        call.phases.setBlocked(by: shortage)
        guard busy < threads else {
            ready.append(call)
            return .waits
        }
        busy += 1
        return .runs
    }

    /// The number of a call that begins on its thread; nil when nobody waits for it, or the pool is closed.
    mutating func begin(_ call: BlockingCall) -> Int? {
        guard !isClosed, call.begin() else { return nil }
        lastNumber += 1
        running[lastNumber] = call
        return lastNumber
    }

    /// Frees the thread of a call, or hands it to the call returned.
    ///
    /// - Parameter number: what `begin` returned for it.
    mutating func finish(_ call: BlockingCall, number: Int?) -> BlockingCall? {
        if let number { running[number] = nil }
        release(call.subject)
        while let next = ready.popFirst() {
            if next.isWanted() { return next }
            release(next.subject)
        }
        busy -= 1
        return nil
    }

    /// Drops the calls that nobody waits for any more.
    mutating func removeUnwanted() {
        blocked.removeUnwanted()
        var (wanted, unwanted) = (Deque<BlockingCall>(), [BlockingCall]())
        // Queried once: a call that is cancelled in between stays until its turn comes, or its subject would wait for ever.
        for call in ready {
            if call.isWanted() { wanted.append(call) } else { unwanted.append(call) }
        }
        ready = wanted
        for call in unwanted { release(call.subject) }
    }

    /// Lets nothing begin any more; returns all calls that wait or run.
    mutating func close() -> [BlockingCall] {
        isClosed = true
        defer { ready = [] }
        return Array(ready) + blocked.removeAll() + running.values
    }

    private mutating func hasRoom() -> Bool {
        if isClosed { return false }
        if ready.count + blocked.count >= capacity { removeUnwanted() }
        return ready.count + blocked.count < capacity
    }

    /// A call about a subject has ended: the next one about it waits for a thread.
    private mutating func release(_ subject: String?) {
        guard let subject, let next = blocked.next(about: subject) else { return }
        next.phases.setBlocked(by: shortage)
        ready.append(next)
    }
}
