import HealthCore
import Synchronization

/// Renders pages on a thread of its own, one at a time.
///
/// A request for a page that already waits to be rendered shares it; one that comes while it is being rendered gets the next
/// one. So no page is older than its request, and however many there are, at most one of each page waits. Pages of metrics come first:
/// those for people have addresses without end, and a scrape must not wait for all of them.
final class PageRenderer: Sendable {
    private struct State {
        var waiting: [PageRequest: [@Sendable (HTTPReply) -> Void]] = [:]
        /// Those that wait, in the order in which they came.
        var order: [PageRequest] = []
        var pages: UInt64 = 0

        mutating func next() -> (request: PageRequest, number: UInt64, readers: [@Sendable (HTTPReply) -> Void])? {
            guard !order.isEmpty else { return nil }
            let request = order.remove(at: order.firstIndex(where: \.isMetrics) ?? 0)
            pages += 1
            return (request, pages, waiting.removeValue(forKey: request) ?? [])
        }
    }

    private enum Place {
        case none, first, shared
    }

    /// As many different pages wait at most, besides those of metrics.
    private static let maximumWaiting = 64

    private let make: @Sendable (PageRequest) -> HTTPReply
    private let thread: PageThread
    private let time: any TimeSource
    private let state = Mutex(State())

    /// - Parameter make: renders a page; called on the thread only.
    init(thread: PageThread, time: any TimeSource, make: @escaping @Sendable (PageRequest) -> HTTPReply) {
        self.make = make
        self.thread = thread
        self.time = time
    }

    /// Requests a page; `done` is called with it on the renderer's thread.
    func render(_ request: PageRequest, _ done: @escaping @Sendable (HTTPReply) -> Void) {
        let place = state.withLock { state -> Place in
            if state.waiting[request] == nil {
                if !request.isMetrics, state.order.count >= Self.maximumWaiting { return .none }
                state.order.append(request)
            }
            state.waiting[request, default: []].append(done)
            return state.waiting[request]?.count == 1 ? .first : .shared
        }
        switch place {
        case .none: done(.busy)
        case .first: thread.submit { self.renderNext() }
        case .shared: break
        }
    }

    /// Requests a page and waits for it.
    func page(_ request: PageRequest) async -> HTTPReply {
        await withCheckedContinuation { continuation in
            render(request) { continuation.resume(returning: $0) }
        }
    }

    private func renderNext() {
        guard let next = state.withLock({ $0.next() }) else { return }
        let start = time.moment
        var reply = make(next.request)
        reply.page = next.number
        if next.request.isMetrics { thread.recordScrape(start.duration(to: time.moment)) }
        for done in next.readers { done(reply) }
    }
}
