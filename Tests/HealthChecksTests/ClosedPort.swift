import NIOCore
import NIOPosix

/// Ports of loopback on which nobody listens: outside the range from which the kernel gives ports to those that ask for any, so that no
/// other test comes to listen there.
enum ClosedPort {
    static func next() async throws -> Int {
        while true {
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            let port = Int.random(in: 20_000..<30_000)
            guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { continue }
            try await channel.close()
            return port
        }
    }
}
