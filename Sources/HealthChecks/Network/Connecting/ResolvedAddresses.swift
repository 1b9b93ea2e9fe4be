import NIOCore
import NIOPosix

/// Hands addresses that were looked up and allowed before to a bootstrap, which would look them up itself.
struct ResolvedAddresses: NIOPosix.Resolver {
    private let addresses: [SocketAddress]
    private let loop: any EventLoop

    /// - Parameter loop: that of the connection.
    init(_ addresses: [SocketAddress], _ loop: any EventLoop) {
        self.addresses = addresses
        self.loop = loop
    }

    /// Those of IPv4.
    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
    }

    /// Those of IPv6.
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
    }

    /// Nothing is under way.
    func cancelQueries() {}
}
