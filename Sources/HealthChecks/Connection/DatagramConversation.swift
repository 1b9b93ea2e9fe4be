import HealthCore
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What goes over one socket of a ``DatagramLoop``: a question, sent anew until its answer comes.
struct DatagramConversation: Sendable {
    /// Closed when the conversation ends.
    let descriptor: Int32
    /// Set once nobody waits for the answer any more.
    let isGivenUp: StopFlag
    /// What to send, by how often something was sent before.
    let message: @Sendable (Int) -> [UInt8]
    /// What hands out the answer in bytes that came after so many were sent; nil when they answer something else.
    let read: @Sendable ([UInt8], Int) -> (() -> Void)?
    let fail: @Sendable (any Error) -> Void

    private var sent = 0
    /// When to send for the first time, or once more.
    private(set) var sendsNext = NIODeadline.now()

    /// A lost packet is sent anew after this.
    private static let resendAfter = TimeAmount.seconds(1)
    /// Then it is the turn of the others.
    private static let datagramsInTurn = 16
    private static let maximumDatagram = 65_536

    init(
        descriptor: Int32,
        isGivenUp: StopFlag,
        message: @escaping @Sendable (Int) -> [UInt8],
        read: @escaping @Sendable ([UInt8], Int) -> (() -> Void)?,
        fail: @escaping @Sendable (any Error) -> Void
    ) {
        self.descriptor = descriptor
        self.isGivenUp = isGivenUp
        self.message = message
        self.read = read
        self.fail = fail
    }

    /// Reads if there is something to read, sends if it is time to; how it ended, or nil when it goes on.
    mutating func advance(hasNews: Bool, now: NIODeadline) -> (() -> Void)? {
        if isGivenUp.isSet { return { [fail] in fail(CancellationError()) } }
        if hasNews, let end = receive() { return end }
        return now >= sendsNext ? send(now) : nil
    }

    private mutating func send(_ now: NIODeadline) -> (() -> Void)? {
        let bytes = message(sent)
        sent += 1
        sendsNext = now + Self.resendAfter
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Self.flags) }
        return count < 0 ? end(errno) : nil
    }

    private func receive() -> (() -> Void)? {
        var buffer = [UInt8](repeating: 0, count: Self.maximumDatagram)
        for _ in 0..<Self.datagramsInTurn {
            let count = unsafe buffer.withUnsafeMutableBytes { raw in
                unsafe recv(descriptor, raw.baseAddress, raw.count, Self.flags)
            }
            guard count >= 0 else { return end(errno) }
            guard count > 0 else {
                return { [fail] in fail(CheckFailure(.protocolError, "the answer is an empty datagram")) }
            }
            if let end = read(Array(buffer.prefix(count)), sent) { return end }
        }
        return nil
    }

    /// What an error number means; nil when there is only nothing to do at the moment.
    private func end(_ code: Int32) -> (() -> Void)? {
        // What a router said tells more than the error number that the kernel makes of it, and has to be fetched in any case.
        let said = RouterMessage.next(from: descriptor)?.failure
        if said == nil, [EAGAIN, EWOULDBLOCK, EINTR].contains(code) { return nil }
        let failure = said ?? NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
        return { [fail] in fail(failure) }
    }

    private static let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
}
