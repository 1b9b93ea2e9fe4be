import NIOCore

/// How long a peer may take for each part of an exchange; the documentation states the same.
struct ConnectionDeadlines: Sendable {
    /// From accept, or on a kept connection from its first byte, to the end of the head.
    var head = TimeAmount.seconds(10)
    /// From the end of the head to the end of the body.
    var body = TimeAmount.seconds(10)
    /// From the end of an answer to the first byte of the next request.
    var idle: TimeAmount
    /// How long an answer may wait without a byte of it being read.
    var stalledReader = TimeAmount.seconds(30)
    /// How long an answer may take to be read at all.
    var answer = TimeAmount.seconds(60)
    /// How long a connection that we end waits for the peer's end, so that the last answer isn't lost.
    var linger = TimeAmount.seconds(1)

    /// Those of a listener that closes: nobody may hold up the end.
    static let quiescing = ConnectionDeadlines(
        head: .seconds(1),
        body: .seconds(1),
        idle: .seconds(1),
        stalledReader: .seconds(1),
        answer: .seconds(5)
    )

    /// How often the progress of a reader is looked at.
    static let progressPeriod = TimeAmount.seconds(1)

    /// Scrapes come every 15 to 60 s, so that scrapers keep their connection.
    static let main = ConnectionDeadlines(idle: .seconds(75))
    /// Probes don't keep connections.
    static let probe = ConnectionDeadlines(idle: .seconds(10))
}

/// The clock of one connection: its place in the budget, and the one deadline that holds at the moment.
///
/// Lives on the connection's event loop.
final class ConnectionClock {
    private let channel: any Channel
    private let places: ConnectionPlaces
    private var deadlines: ConnectionDeadlines
    private var place: ConnectionBudget.Place?
    private var phase = ConnectionBudget.Phase.idle
    private var hasServed = false
    private var deadline: Scheduled<Void>?

    init(channel: any Channel, places: ConnectionPlaces, deadlines: ConnectionDeadlines) {
        self.channel = channel
        self.places = places
        self.deadlines = deadlines
    }

    /// The connection was accepted; without a place it is closed.
    func opened() {
        place = places.admit(channel)
        guard place != nil else { return channel.close(promise: nil) }
        close(after: deadlines.head)
    }

    /// Bytes came; the first ones begin a request.
    func received() {
        guard phase == .idle else { return }
        enter(.receiving)
        // The first head has to be there in time from accept, the others from their first byte.
        if hasServed { close(after: deadlines.head) }
    }

    /// The head is complete.
    func headEnded() {
        enter(.receiving)
        close(after: deadlines.body)
    }

    /// The request is complete; from now on it is our turn.
    func requestEnded() {
        enter(.answering)
        deadline?.cancel()
    }

    /// The answer begins to be written.
    func answerBegan() {
        enter(.answering)
        watchReader(from: channel.eventLoop.now, movedAt: channel.eventLoop.now, pending: .max)
    }

    /// The answer is written out; the connection is kept.
    func answerEnded() {
        hasServed = true
        enter(.idle)
        close(after: deadlines.idle)
    }

    /// The listener closes: what the peer still owes has to come soon.
    func quiesces() {
        deadlines = .quiescing
        if !isAnswering { close(after: deadlines.body) }
    }

    /// Nothing more is said; the peer may still be reading.
    func lingers() {
        close(after: deadlines.linger)
    }

    func closed() {
        deadline?.cancel()
        if let place { places.leave(place) }
        place = nil
    }

    /// Whether a whole request waits for its answer to be written out.
    var isAnswering: Bool { phase == .answering }

    private func enter(_ next: ConnectionBudget.Phase) {
        guard phase != next else { return }
        phase = next
        if let place { places.update(place, to: next, at: channel.eventLoop.now) }
    }

    private func close(after time: TimeAmount) {
        deadline?.cancel()
        guard place != nil else { return }
        let channel = channel
        deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// Looks again and again whether bytes of the answer go out.
    private func watchReader(from start: NIODeadline, movedAt: NIODeadline, pending: Int) {
        deadline?.cancel()
        guard place != nil else { return }
        deadline = channel.eventLoop.assumeIsolated().scheduleTask(in: ConnectionDeadlines.progressPeriod) { [self] in
            let now = channel.eventLoop.now
            let rest = channel.unwrittenBytes
            let moved = rest < pending || rest == 0 ? now : movedAt
            if now - moved >= deadlines.stalledReader || now - start >= deadlines.answer {
                return channel.close(promise: nil)
            }
            watchReader(from: start, movedAt: moved, pending: rest)
        }
    }
}

extension Channel {
    /// Bytes written to the channel that the kernel hasn't taken yet; only on its event loop.
    var unwrittenBytes: Int {
        // Channels that can't tell have nothing waiting.
        (try? syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
