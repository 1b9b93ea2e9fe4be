/// The messages Echo and Echo Reply (RFC 792; RFC 4443 §4); the kernel sets identifier and checksum (icmp(7)).
struct Echo: Sendable {
    /// Whether it is ICMPv6.
    let isV6: Bool
    /// Comes back in the reply.
    let payload: [UInt8]

    /// The field has 16 bits; further requests have the last number again.
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
