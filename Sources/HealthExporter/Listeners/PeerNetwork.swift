import HealthChecks
import NIOCore

/// Whose connections, readers and passwords count together: an IPv4 address, or of an IPv6 address the network of 64 bits, of which one
/// host may use any address (RFC 4291 §2.5.4); empty for peers on a Unix socket.
struct PeerNetwork: Hashable, Sendable {
    /// The network part, in network order.
    let bytes: [UInt8]

    /// A network by its bytes.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The network of a peer.
    init(of peer: SocketAddress?) {
        let address = peer.flatMap { IPAddress($0) }
        bytes = address.map { Array(($0.mappedV4 ?? $0).bytes.prefix(8)) } ?? []
    }
}
