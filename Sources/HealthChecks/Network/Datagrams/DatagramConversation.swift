import HealthCore
import NIOCore
import Platform

/// A request on one socket of a ``DatagramLoop``, sent anew until its answer comes.
struct DatagramConversation: Sendable {
    /// A connected socket; closed when the conversation ends.
    let descriptor: Int32
    /// Set once nobody waits for the answer any more.
    let isCancelled: StopFlag
    /// The request, by how often one was sent before.
    let request: @Sendable (Int) -> [UInt8]
    /// Reads a datagram that came after so many requests: returns what delivers the answer, nil when it answers something else.
    let read: @Sendable ([UInt8], Int) -> (() -> Void)?
    /// Delivers a failure in place of the answer.
    let fail: @Sendable (any Error) -> Void

    private var sent = 0
    /// When to send for the first time, or once more.
    private(set) var nextSend = NIODeadline.now()

    /// A lost datagram is sent anew after this.
    private static let resendInterval = TimeAmount.seconds(1)
    /// How many datagrams are read before it is the turn of other conversations.
    private static let datagramsPerTurn = 16
    private static let maximumDatagram = 65_536

    /// A conversation that sends with its first step.
    init(
        descriptor: Int32,
        isCancelled: StopFlag,
        request: @escaping @Sendable (Int) -> [UInt8],
        read: @escaping @Sendable ([UInt8], Int) -> (() -> Void)?,
        fail: @escaping @Sendable (any Error) -> Void
    ) {
        self.descriptor = descriptor
        self.isCancelled = isCancelled
        self.request = request
        self.read = read
        self.fail = fail
    }

    /// Reads when the socket is ready, and sends when it is time to; returns what delivers the end, nil when it goes on.
    mutating func advance(isReady: Bool, now: NIODeadline) -> (() -> Void)? {
        if isCancelled.isSet { return { [fail] in fail(CancellationError()) } }
        if isReady, let end = receive() { return end }
        return now >= nextSend ? send(now) : nil
    }

    private mutating func send(_ now: NIODeadline) -> (() -> Void)? {
        let bytes = request(sent)
        sent += 1
        nextSend = now + Self.resendInterval
        return Socket.send(bytes, to: descriptor) < 0 ? end(errno) : nil
    }

    private func receive() -> (() -> Void)? {
        var buffer = [UInt8](repeating: 0, count: Self.maximumDatagram)
        for _ in 0..<Self.datagramsPerTurn {
            let count = Socket.receive(from: descriptor, into: &buffer)
            guard count >= 0 else { return end(errno) }
            guard count > 0 else {
                return { [fail] in fail(CheckFailure(.protocolError, "the answer is an empty datagram")) }
            }
            if let end = read(Array(buffer.prefix(count)), sent) { return end }
        }
        return nil
    }

    /// Delivers the failure that an error number means; nil when the socket is merely not ready.
    private func end(_ code: Int32) -> (() -> Void)? {
        // An ICMP message tells more than the error number that the kernel makes of it, and has to be fetched in any case.
        let reported = RouterMessage.next(from: descriptor)?.failure
        if reported == nil, [EAGAIN, EWOULDBLOCK, EINTR].contains(code) { return nil }
        let failure = reported ?? NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
        return { [fail] in fail(failure) }
    }
}
