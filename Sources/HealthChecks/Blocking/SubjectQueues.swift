import DequeModule

/// Calls that wait until another call about the same subject has returned: one queue for each subject under way.
struct SubjectQueues {
    private var queues: [String: Deque<BlockingCall>] = [:]
    /// How many calls wait in all queues.
    private(set) var count = 0

    /// Marks the subject of a call as under way; false when it is already, and then the call waits in its queue.
    mutating func enter(_ call: BlockingCall, subject: String) -> Bool {
        guard queues[subject] != nil else {
            queues[subject] = []
            return true
        }
        queues[subject]?.append(call)
        count += 1
        return false
    }

    /// The next call about a subject that somebody still waits for; without one the subject is no longer under way.
    mutating func next(about subject: String) -> BlockingCall? {
        while let next = queues[subject]?.popFirst() {
            count -= 1
            if next.isWanted() { return next }
        }
        queues[subject] = nil
        return nil
    }

    /// Drops the calls that nobody waits for any more.
    mutating func removeUnwanted() {
        for (subject, calls) in queues {
            let wanted = calls.filter { $0.isWanted() }
            count -= calls.count - wanted.count
            queues[subject] = Deque(wanted)
        }
    }

    /// Empties the queues; their subjects stay under way.
    mutating func removeAll() -> [BlockingCall] {
        let calls = Array(queues.values.joined())
        for subject in queues.keys { queues[subject] = [] }
        count = 0
        return calls
    }
}
