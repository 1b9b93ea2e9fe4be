import HealthCore
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One echo request and its reply over an unprivileged datagram socket (icmp(7); RFC 792, RFC 4443 §4).
struct EchoExchange: Sendable {
    let loop: DatagramLoop

    /// Whether the kernel lets this process send echo requests; the error number when it doesn't.
    static func refusal() -> Int32? {
        let descriptor = open(isV6: false)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        return nil
    }

    private static func open(isV6: Bool) -> Int32 {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return isV6 ? socket(AF_INET6, kind, Int32(IPPROTO_ICMPV6)) : socket(AF_INET, kind, Int32(IPPROTO_ICMP))
    }

    /// Waits for a reply with the request's own payload; the caller ends the wait by cancelling.
    func ask(_ address: SocketAddress, payload: [UInt8]) async throws {
        let isV6 = address.protocol == .inet6
        let kind = (type: Int32(SOCK_DGRAM.rawValue), protocol: Int32(isV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
        let echo = Echo(isV6: isV6, payload: payload)
        let talk = DatagramExchange.Talk<Void>(
            message: { echo.request(after: $0) },
            read: { echo.isAnswered(by: $0, after: $1) ? .success(()) : nil }
        )
        do {
            try await DatagramExchange(loop: loop).ask(address, kind: kind, talk)
        } catch let failure as CheckFailure where failure.reason == .connectRefused {
            // A ping has no port.
            throw CheckFailure(.unreachable, failure.message)
        }
    }
}

/// Echo requests and their replies; identifier and checksum are the kernel's.
struct Echo: Sendable {
    let isV6: Bool
    let payload: [UInt8]
    /// Nobody waits long enough for as many.
    private static let maximumSequence = 0xffff

    /// The request that follows `count` others; its sequence number is one more.
    func request(after count: Int) -> [UInt8] {
        let sequence = min(count + 1, Self.maximumSequence)
        let number = [UInt8(truncatingIfNeeded: sequence >> 8), UInt8(truncatingIfNeeded: sequence)]
        return [isV6 ? 128 : 8, 0, 0, 0, 0, 0] + number + payload
    }

    /// Whether bytes are the reply to one of the first `count` requests.
    func isAnswered(by reply: [UInt8], after count: Int) -> Bool {
        guard reply.count == 8 + payload.count, reply[0] == (isV6 ? 129 : 0), reply[1] == 0 else { return false }
        let sequence = Int(reply[6]) << 8 | Int(reply[7])
        return (1...max(1, count)).contains(sequence) && Array(reply[8...]) == payload
    }
}
