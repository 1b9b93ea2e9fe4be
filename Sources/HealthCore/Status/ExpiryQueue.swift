import HeapModule

/// When each of some things may change by time alone.
///
/// An entry is never moved: when it comes up, its owner inspects the subject, and inserts it again when it lasts longer
/// by now.
struct ExpiryQueue<Subject: Sendable>: Sendable {
    private struct Entry: Comparable, Sendable {
        let moment: Moment
        let subject: Subject

        static func < (left: Entry, right: Entry) -> Bool { left.moment < right.moment }
        static func == (left: Entry, right: Entry) -> Bool { left.moment == right.moment }
    }

    private var entries = Heap<Entry>()

    /// The earliest moment; nil when nothing is queued.
    var next: Moment? { entries.min?.moment }

    /// Queues a subject, which may change right after a moment.
    mutating func insert(_ subject: Subject, at moment: Moment) {
        entries.insert(Entry(moment: moment, subject: subject))
    }

    /// Removes and returns the earliest subject when its moment lies before `now`.
    mutating func popFirst(before now: Moment) -> Subject? {
        guard let first = entries.min, first.moment < now else { return nil }
        return entries.removeMin().subject
    }

    /// Forgets everything.
    mutating func removeAll() {
        entries = Heap()
    }
}

extension Moment {
    /// The earlier of two moments, either of which may be missing.
    static func earlier(_ first: Moment?, _ second: Moment?) -> Moment? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }
}
