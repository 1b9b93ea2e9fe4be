import DequeModule

/// The last elements that were added, up to a number; the oldest go.
struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var known: Set<Element> = []
    private var order: Deque<Element> = []

    /// None yet.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether an element was added, and not too long ago.
    func contains(_ element: Element) -> Bool { known.contains(element) }

    /// Adds an element; the oldest goes when there are too many.
    mutating func insert(_ element: Element) {
        guard known.insert(element).inserted else { return }
        order.append(element)
        if order.count > capacity, let oldest = order.popFirst() { known.remove(oldest) }
    }
}
