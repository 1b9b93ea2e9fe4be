import HealthCore
import Synchronization

/// Renders pages on a thread of its own, one at a time.
///
/// A request for a page that already waits to be rendered shares it; one that comes while it is being rendered gets the next
/// one. So no page is older than its request, and however many there are, at most one of each page waits.
final class PageRenderer: Sendable {
    private struct State {
        var waiting: [PageRequest: [@Sendable (HTTPReply) -> Void]] = [:]
        var pages: UInt64 = 0
    }

    private enum Place {
        case none, first, shared
    }

    /// As many different pages wait at most: an address has parameters, of which there is no end.
    private static let maximumWaiting = 128

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
            if state.waiting[request] == nil, state.waiting.count >= Self.maximumWaiting { return .none }
            state.waiting[request, default: []].append(done)
            return state.waiting[request]?.count == 1 ? .first : .shared
        }
        switch place {
        case .none: done(.busy)
        case .first: thread.submit { self.renderNow(request) }
        case .shared: break
        }
    }

    /// Requests a page and waits for it.
    func page(_ request: PageRequest) async -> HTTPReply {
        await withCheckedContinuation { continuation in
            render(request) { continuation.resume(returning: $0) }
        }
    }

    private func renderNow(_ request: PageRequest) {
        let readers = state.withLock { state in
            state.pages += 1
            return (number: state.pages, done: state.waiting.removeValue(forKey: request) ?? [])
        }
        let start = time.moment
        var reply = make(request)
        reply.page = readers.number
        if case .metrics = request {
            thread.recordScrape(start.duration(to: time.moment))
        }
        for done in readers.done { done(reply) }
    }
}
