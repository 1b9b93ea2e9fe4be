import HealthCore
import NIOCore
import Platform

/// An echo request and its reply over an unprivileged datagram socket (icmp(7)).
struct EchoExchange: Sendable {
    /// Sends and receives the datagrams.
    let loop: DatagramLoop

    /// The error number with which the kernel refuses echo requests to this process; nil when it allows them.
    static func refusal() -> Int32? {
        let descriptor = Socket.makeDatagram(.icmp, isV6: false)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        return nil
    }

    /// Returns when a reply with this payload came; the caller ends the wait by cancelling.
    func send(_ payload: [UInt8], to address: SocketAddress) async throws {
        let isV6 = address.protocol == .inet6
        let echo = Echo(isV6: isV6, payload: payload)
        let exchange = DatagramExchange<Void>(
            loop: loop,
            request: { echo.request(after: $0) },
            read: { echo.isAnswered(by: $0, after: $1) ? .success(()) : nil }
        )
        do {
            try await exchange.send(to: address, over: .icmp)
        } catch let failure as CheckFailure where failure.reason == .connectRefused {
            // An echo request has no port that could refuse it.
            throw CheckFailure(.unreachable, failure.message)
        }
    }
}
