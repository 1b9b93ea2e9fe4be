import HealthCore
import NIOCore
import ServiceLifecycle
import Synchronization

/// Which events an open page wants.
struct LiveSubscription: Hashable, Sendable {
    /// The last sequence that the page knows; empty is none.
    let sequence: String
    /// Which past its bars show.
    let history: HistoryStep
}

/// Sends open pages what changed, once a second at most; what has not changed costs nothing.
///
/// The facts are compared on the page thread, once for all pages of one kind. A page that reads slowly is left out until it has read
/// what was sent, and then gets all that changed since.
final class LiveFeed: Sendable {
    /// An open page.
    struct Reader: Sendable {
        /// What it wants; the sequence is the last that was sent.
        var subscription: LiveSubscription
        /// What was sent and is not written out yet.
        var unwritten: Unwritten?
        /// Sends it an event; `done` is called when it is written out.
        let send: @Sendable (ByteBuffer, _ done: @escaping @Sendable () -> Void) -> Void
    }

    /// A message that lies in memory until all who get it have read it.
    struct Unwritten: Hashable, Sendable {
        /// Tells it from others.
        let number: Int
        /// Its length.
        let bytes: Int
    }

    private struct State {
        var readers: [Int: Reader] = [:]
        var nextID = 0
        var nextMessage = 0
        var isComparing = false

        /// How many bytes lie in memory for those who read slowly.
        var unwrittenBytes: Int { Set(readers.values.compactMap(\.unwritten)).reduce(0) { $0 + $1.bytes } }
    }

    /// More pages poll instead.
    static let maximumReaders = 512
    /// So many different sequences are served in a turn; the others wait for the next one.
    static let maximumSubscriptions = 32
    /// More bytes lie in memory for those who read slowly only in small messages; who would get a large one loads the page anew.
    static let maximumUnwrittenBytes = 16 * 1024 * 1024
    private static let smallMessage = 16 * 1024

    private let state = Mutex(State())
    private let thread: PageThread
    private let changes: @Sendable (Set<LiveSubscription>) -> [LiveSubscription: ChangesMessage]

    /// - Parameter changes: what changed since each of these sequences; called on the page thread.
    init(
        thread: PageThread,
        changes: @escaping @Sendable (Set<LiveSubscription>) -> [LiveSubscription: ChangesMessage]
    ) {
        self.thread = thread
        self.changes = changes
    }

    /// How many pages are open.
    var readerCount: Int { state.withLock { $0.readers.count } }

    /// Adds a page, which is told at once what it does not know; nil when there are too many.
    func add(_ reader: Reader) -> Int? {
        let id = state.withLock { state -> Int? in
            guard state.readers.count < Self.maximumReaders else { return nil }
            state.nextID += 1
            state.readers[state.nextID] = reader
            return state.nextID
        }
        if id != nil { compare() }
        return id
    }

    /// Removes a page.
    func remove(_ id: Int) {
        state.withLock { $0.readers[id] = nil }
    }

    /// Compares the facts with those that pages know, and sends the difference; nothing happens while that is being done already.
    func compare() {
        let mustCompare = state.withLock { state -> Bool in
            guard !state.readers.isEmpty, !state.isComparing else { return false }
            state.isComparing = true
            return true
        }
        if mustCompare { thread.submit { self.compareNow() } }
    }

    private func compareNow() {
        let idle = state.withLock { state in state.readers.filter { $0.value.unwritten == nil } }
        var subscriptions: Set<LiveSubscription> = []
        for (_, reader) in idle.sorted(by: { $0.key < $1.key }) where subscriptions.count < Self.maximumSubscriptions {
            subscriptions.insert(reader.subscription)
        }
        for (subscription, message) in changes(subscriptions) {
            send(message, to: idle.filter { $0.value.subscription == subscription })
        }
        state.withLock { $0.isComparing = false }
    }

    private func send(_ message: ChangesMessage, to readers: [Int: Reader]) {
        let (message, unwritten) = state.withLock { state -> (ChangesMessage, Unwritten) in
            let size = message.event.readableBytes
            let fits = size <= Self.smallMessage || state.unwrittenBytes + size <= Self.maximumUnwrittenBytes
            let sent = fits ? message : ChangesMessage(sequence: message.sequence, update: nil)
            state.nextMessage += 1
            let unwritten = Unwritten(number: state.nextMessage, bytes: sent.event.readableBytes)
            for (id, reader) in readers {
                state.readers[id]?.unwritten = unwritten
                state.readers[id]?.subscription = LiveSubscription(
                    sequence: sent.sequence,
                    history: reader.subscription.history
                )
            }
            return (sent, unwritten)
        }
        for (id, reader) in readers {
            reader.send(message.event) { [self] in
                state.withLock { state in
                    if state.readers[id]?.unwritten == unwritten { state.readers[id]?.unwritten = nil }
                }
            }
        }
    }
}

/// Has the open pages compared once a second.
struct LiveFeedService<C: Clock>: Service where C.Duration == Duration {
    /// The open pages.
    let feed: LiveFeed
    /// The clock of the second.
    let timeline: Timeline<C>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                feed.compare()
                // Cancelled at the shutdown: the loop ends with it.
                try? await timeline.sleep(until: timeline.moment.advanced(by: .seconds(1)))
            }
        }
    }
}
