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
    /// Bytes of the request that are not counted in the budget yet, and those that are.
    private var bytes = (uncounted: 0, counted: 0)
    /// With HTTP/2: the open streams, and those of them whose request is whole; nil with HTTP/1.1.
    private var streams: (open: Int, answering: Int)?
    /// Whether its peer is preferred when places are few.
    private(set) var isPreferred = false
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
        guard let admitted = places.admit(channel) else { return channel.close(promise: nil) }
        (place, isPreferred) = admitted
        close(after: deadlines.head)
    }

    /// A probe came by this connection.
    func probed() {
        guard !isPreferred else { return }
        isPreferred = true
        places.recordProbe(from: channel.remoteAddress)
    }

    /// Bytes came; the first ones begin a request.
    func received(_ count: Int) {
        guard streams == nil else { return }
        if phase == .idle {
            enter(.receiving)
            // The first head has to be there in time from accept, the others from their first byte.
            if hasServed { close(after: deadlines.head) }
        }
        if phase == .receiving { reserve(count) }
    }

    /// Counts bytes in the budget of all connections, in steps: a usual request is smaller than one.
    private func reserve(_ count: Int) {
        bytes.uncounted += count
        guard bytes.uncounted >= ConnectionDeadlines.countedBytes else { return }
        let size = bytes.uncounted
        bytes = (0, bytes.counted + size)
        self.count(size)
    }

    private func count(_ count: Int) {
        if let place, !places.receive(count, on: place) { channel.close(promise: nil) }
    }

    private func release(_ count: Int) {
        if let place, count > 0 { places.release(count, on: place) }
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

    /// The client has chosen HTTP/2: from now on streams are reported.
    func multiplexes() {
        streams = (0, 0)
        hasServed = true
        enter(.idle)
        endWhenIdle()
    }

    /// Without a stream for a while a connection of HTTP/2 is ended, as a shutdown ends it.
    private func endWhenIdle() {
        guard place != nil else { return timer.clear() }
        timer.set(to: channel.eventLoop.now + deadlines.idle) { [channel] in
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// A stream was opened: its head is there.
    func streamOpened() {
        guard let (open, answering) = streams else { return }
        streams = (open + 1, answering)
        if answering == 0 { enter(.receiving) }
        if open == 0 { watchReader(from: .distantFuture, movedAt: channel.eventLoop.now, pending: .max) }
    }

    /// Bytes of a stream's body came.
    func streamReceived(_ bytes: Int) {
        count(bytes)
    }

    /// The request of a stream is whole; its body had so many bytes.
    func streamRequestEnded(bytes: Int) {
        release(bytes)
        guard let (open, answering) = streams else { return }
        streams = (open, answering + 1)
        enter(.answering)
    }

    /// A stream is closed; of a request that was not whole so many bytes had come.
    func streamClosed(wasAnswering: Bool, bytes: Int) {
        release(bytes)
        guard let (open, answering) = streams else { return }
        streams = (open - 1, answering - (wasAnswering ? 1 : 0))
        guard open == 1 else { return enter(answering > (wasAnswering ? 1 : 0) ? .answering : .receiving) }
        enter(.idle)
        endWhenIdle()
    }

    /// The connection is to end: the rest of a request has a second to come.
    ///
    /// With HTTP/2 it says so, and has the time of an answer.
    func quiesces() {
        deadlines = .quiescing
        if streams != nil {
            channel.eventLoop.assumeIsolated().scheduleTask(in: deadlines.answer) { [channel] in
                channel.close(promise: nil)
            }
        } else if !isAnswering {
            close(after: deadlines.body)
        }
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
        // A request that is whole gives its bytes back: what answers it has limits of its own.
        if next != .receiving {
            release(bytes.counted)
            bytes = (0, 0)
        }
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
