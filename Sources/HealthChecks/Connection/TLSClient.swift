package import NIOCore
import NIOSSL
import Synchronization

/// TLS to targets: at least 1.2, certificates verified against the system's authorities.
///
/// The context is made once and shared: each holds a copy of all authorities.
package final class TLSClient: Sendable {
    private let context = Mutex<NIOSSLContext?>(nil)

    package init() {}

    /// Adds TLS to a channel; `host` is the name that the certificate must be for.
    package func add(to channel: any Channel, host: String) throws {
        let context = try sharedContext()
        let name = IPAddress(host) == nil ? host : nil
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
    }

    private func sharedContext() throws -> NIOSSLContext {
        try context.withLock { context in
            if let context { return context }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            let made = try NIOSSLContext(configuration: configuration)
            context = made
            return made
        }
    }
}
