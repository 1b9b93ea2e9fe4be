import NIOCore

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
    private let timer: ConnectionTimer

    /// The clock of a connection that is not accepted yet.
    init(channel: any Channel, places: ConnectionPlaces, deadlines: ConnectionDeadlines) {
        self.channel = channel
        self.places = places
        self.deadlines = deadlines
        timer = ConnectionTimer(loop: channel.eventLoop)
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

    /// The request is complete; the answer is due, without a deadline.
    func requestEnded() {
        enter(.answering)
        timer.clear()
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

    /// The listener closes: the rest of a request has a second to come.
    func quiesces() {
        deadlines = .quiescing
        if !isAnswering { close(after: deadlines.body) }
    }

    /// The last answer is written out; the peer may still be reading it.
    func lingers() {
        close(after: deadlines.linger)
    }

    /// The connection is closed; its place is free again.
    func closed() {
        timer.end()
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
        guard place != nil else { return timer.clear() }
        timer.set(to: channel.eventLoop.now + time) { [channel] in channel.close(promise: nil) }
    }

    /// Inspects every second whether bytes of the answer go out.
    private func watchReader(from start: NIODeadline, movedAt: NIODeadline, pending: Int) {
        guard place != nil else { return timer.clear() }
        timer.set(to: channel.eventLoop.now + ConnectionDeadlines.progressPeriod) { [self] in
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
    /// Bytes written to the channel that the kernel has not accepted yet; only on its event loop.
    var unwrittenBytes: Int {
        // A channel without this option buffers nothing.
        (try? syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
