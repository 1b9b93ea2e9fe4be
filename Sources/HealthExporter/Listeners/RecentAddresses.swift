import DequeModule
import HealthChecks

/// The last addresses that were added, up to a number; the oldest go.
struct RecentAddresses: Sendable {
    private static let capacity = 64

    private var known: Set<IPAddress> = []
    private var order: Deque<IPAddress> = []

    /// Whether an address was added, and not too long ago.
    func contains(_ address: IPAddress) -> Bool { known.contains(address) }

    /// Adds an address; the oldest goes when there are too many.
    mutating func insert(_ address: IPAddress) {
        guard known.insert(address).inserted else { return }
        order.append(address)
        if order.count > Self.capacity, let oldest = order.popFirst() { known.remove(oldest) }
    }
}
