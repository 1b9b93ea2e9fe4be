import DequeModule

/// The last digests that were added, up to a number; the oldest go.
struct RecentDigests: Sendable {
    private let capacity: Int
    private var known: Set<CredentialDigest> = []
    private var order: Deque<CredentialDigest> = []

    /// None yet.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether it was added, and not too long ago.
    func contains(_ digest: CredentialDigest) -> Bool { known.contains(digest) }

    /// Adds one; the oldest goes when there are too many.
    mutating func insert(_ digest: CredentialDigest) {
        guard known.insert(digest).inserted else { return }
        order.append(digest)
        if order.count > capacity, let oldest = order.popFirst() { known.remove(oldest) }
    }
}
