/// What happened and was not told yet, in the order of the lock.
///
/// Whoever changes something appends here while it holds the lock; one of them at a time delivers, outside the lock, until
/// nothing is left. So nobody overtakes anybody, and nothing is lost.
struct StatusOutbox: Sendable {
    private var waiting: [StatusEvent] = []
    private var isBeingDelivered = false

    /// Appends what happened; whether the caller is the one that has to deliver.
    mutating func append(_ events: [StatusEvent]) -> Bool {
        waiting += events
        guard !isBeingDelivered, !waiting.isEmpty else { return false }
        isBeingDelivered = true
        return true
    }

    /// What is to be delivered next; empty when nothing is left, and then somebody else may deliver.
    mutating func take() -> [StatusEvent] {
        isBeingDelivered = !waiting.isEmpty
        defer { waiting = [] }
        return waiting
    }
}
