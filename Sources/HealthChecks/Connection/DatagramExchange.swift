import HealthCore
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One question and its answer as datagrams on a connected socket, with what routers on the way say about it.
struct DatagramExchange: Sendable {
    let loop: DatagramLoop

    /// What is sent, by how often something was sent before, and what to make of bytes that came after so many were sent: nil
    /// when they answer something else.
    struct Talk<Value: Sendable>: Sendable {
        let message: @Sendable (Int) -> [UInt8]
        let read: @Sendable ([UInt8], Int) -> Result<Value, any Error>?
    }

    /// Asks until the answer comes; the caller ends the wait by cancelling.
    ///
    /// - Parameter kind: type and protocol of the socket, as socket(2) has them.
    func ask<Value: Sendable>(
        _ address: SocketAddress,
        kind: (type: Int32, protocol: Int32),
        _ talk: Talk<Value>
    ) async throws -> Value {
        let (answer, isGivenUp) = (OneAnswer<Value>(), StopFlag())
        try loop.begin(
            DatagramConversation(
                descriptor: try Self.open(address, kind: kind),
                isGivenUp: isGivenUp,
                message: talk.message,
                read: { bytes, sent in
                    talk.read(bytes, sent).map { result in { answer.give(result) } }
                },
                fail: { answer.give(.failure($0)) }
            )
        )
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait($0) }
        } onCancel: {
            isGivenUp.set()
            loop.wake()
        }
    }

    /// A connected socket that is told of ICMP errors (ip(7), `IP_RECVERR`; ipv6(7), `IPV6_RECVERR`).
    private static func open(_ address: SocketAddress, kind: (type: Int32, protocol: Int32)) throws -> Int32 {
        try DescriptorReserve.guardAgainstUse()
        let isV6 = address.protocol == .inet6
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, kind.type | flags, kind.protocol)
        guard descriptor >= 0 else { throw NetworkReasons.failure(errno: errno, "opening a socket") }
        var isOn: Int32 = 1
        let (level, name) =
            isV6 ? (Int32(IPPROTO_IPV6), Int32(IPV6_RECVERR)) : (Int32(IPPROTO_IP), Int32(IP_RECVERR))
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe setsockopt(descriptor, level, name, &isOn, size)
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
