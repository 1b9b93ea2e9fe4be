import HealthCore
import NIOCore
import NIOSSL
import NIOTLS

/// Waits for the end of a handshake: hands a trusted channel on, and closes any other before a byte was sent or taken.
final class HandshakeEnd<Configured: Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let record: CertificateRecord
    /// What the certificate must name; nil for an address, which the TLS library compares, or when nothing is verified.
    private let name: String?
    private let configure: @Sendable (any Channel) throws -> Configured
    private var done: EventLoopPromise<Configured>?

    init(
        record: CertificateRecord,
        name: String?,
        configure: @escaping @Sendable (any Channel) throws -> Configured,
        done: EventLoopPromise<Configured>
    ) {
        self.record = record
        self.name = name
        self.configure = configure
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        if let failure = record.failure ?? nameFailure(context) {
            end(context, failure)
            return
        }
        do {
            let configured = try configure(context.channel)
            done?.succeed(configured)
            done = nil
        } catch {
            end(context, error)
        }
    }

    /// The TLS library also takes a certificate for the address that the name happens to have; others would not (RFC 9525 §6.1).
    private func nameFailure(_ context: ChannelHandlerContext) -> CheckFailure? {
        guard let name else { return nil }
        let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
        let names = handler?.peerCertificate?.dnsNames ?? []
        if names.contains(where: { CertificateName.matches($0, name) }) { return nil }
        let shown = names.prefix(5).joined(separator: ", ").cutForDisplay
        return CheckFailure(
            .tlsHostname,
            "the certificate is for \(shown.isEmpty ? "no host name" : shown), not \(name)"
        )
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if done == nil, record.failure == nil { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if done == nil { context.fireErrorCaught(error) } else { end(context, error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, CheckFailure(.closedEarly, "the connection was closed within the TLS handshake"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context, ChannelError.ioOnClosedChannel)
    }

    private func end(_ context: ChannelHandlerContext, _ error: any Error) {
        guard let done else { return }
        self.done = nil
        done.fail(error)
        context.close(promise: nil)
    }
}
