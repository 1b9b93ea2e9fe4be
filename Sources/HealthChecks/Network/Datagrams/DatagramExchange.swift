import HealthCore
import NIOCore
import Platform

/// One request and its answer as datagrams on a connected socket, with the ICMP errors about them.
struct DatagramExchange<Answer: Sendable>: Sendable {
    /// The thread that sends and receives.
    let loop: DatagramLoop
    /// The request, by how often one was sent before.
    let request: @Sendable (Int) -> [UInt8]
    /// Reads a datagram that came after so many requests; nil when it answers something else.
    let read: @Sendable ([UInt8], Int) -> Result<Answer, any Error>?

    /// Sends the request until its answer comes; the caller ends the wait by cancelling.
    func send(to address: SocketAddress, over protocol: Socket.DatagramProtocol) async throws -> Answer {
        let (answer, isCancelled) = (FirstResult<Answer>(), StopFlag())
        let read = read
        try loop.begin(
            DatagramConversation(
                descriptor: try Self.open(address, `protocol`),
                isCancelled: isCancelled,
                request: request,
                read: { bytes, sent in
                    read(bytes, sent).map { result in { answer.set(result) } }
                },
                fail: { answer.set(.failure($0)) }
            )
        )
        return try await withTaskCancellationHandler {
            try await answer.value()
        } onCancel: {
            isCancelled.set()
            loop.wake()
        }
    }

    /// A connected socket that is told of ICMP errors.
    private static func open(_ address: SocketAddress, _ protocol: Socket.DatagramProtocol) throws -> Int32 {
        try DescriptorReserve.guardAgainstUse()
        let isV6 = address.protocol == .inet6
        let descriptor = Socket.makeDatagram(`protocol`, isV6: isV6)
        guard descriptor >= 0 else { throw NetworkReasons.failure(errno: errno, "opening a socket") }
        Socket.queueICMPErrors(of: descriptor, isV6: isV6)
        let status = unsafe address.withSockAddr { pointer, length in
            unsafe connect(descriptor, pointer, socklen_t(length))
        }
        guard status == 0 else {
            let code = errno
            close(descriptor)
            throw NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
        }
        return descriptor
    }
}
