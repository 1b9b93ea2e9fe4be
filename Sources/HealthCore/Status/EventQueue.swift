/// Events that were not delivered yet, in the order in which they happened.
///
/// Whoever changes something appends here while it holds the store's lock; one of them at a time delivers, outside the lock,
/// until nothing is left. So events are delivered in order whichever threads report them, and none is lost.
struct EventQueue: Sendable {
    private var events: [StatusEvent] = []
    private var isBeingDelivered = false

    /// Appends events; returns whether the caller is the one that has to deliver.
    mutating func append(_ new: [StatusEvent]) -> Bool {
        if new.isEmpty { return false }
        events += new
        defer { isBeingDelivered = true }
        return !isBeingDelivered
    }

    /// Removes and returns what is to be delivered next; after an empty answer another caller may deliver.
    mutating func removeAll() -> [StatusEvent] {
        isBeingDelivered = !events.isEmpty
        defer { events = [] }
        return events
    }
}
