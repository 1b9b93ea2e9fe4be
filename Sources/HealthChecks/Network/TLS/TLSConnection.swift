package import HealthCore
package import NIOCore
import NIOSSL

/// TLS on one connection of a run.
package struct TLSConnection: Sendable {
    private let client: TLSClient
    /// The certificates that servers sent in this run.
    package let record: CertificateRecord

    /// - Parameter record: shared by the connections of a run.
    init(client: TLSClient, record: CertificateRecord) {
        self.client = client
        self.record = record
    }

    /// Without the client certificate and server name, which are for the configured target only.
    var anonymous: TLSConnection {
        TLSConnection(client: client.anonymous ?? client, record: record)
    }

    /// Encrypts a connected channel.
    ///
    /// - Parameters:
    ///   - configure: runs on the event loop once the server is trusted, before its first byte is read.
    ///   - begin: runs on the event loop once the handshake can read bytes.
    ///   - phase: what the handshake is a part of.
    package func handshake<Configured: Sendable>(
        on channel: any Channel,
        host: String,
        _ phases: PhaseTimer,
        phase: RunPhase = .tls,
        configure: @escaping @Sendable (any Channel) throws -> Configured,
        begin: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> Configured {
        // The files of this process are no part of the server's handshake.
        phases.finish()
        let parts = try await client.loadParts(phases)
        phases.enter(phase)
        let chainsBefore = record.chainCount
        let done = channel.eventLoop.makePromise(of: Configured.self)
        do {
            try await channel.eventLoop.run {
                let pipeline = channel.pipeline.syncOperations
                let encryption = try encryption(parts, host: host)
                try pipeline.addHandler(encryption, position: .after(try Self.lastBelow(pipeline)))
                let handshake = HandshakeHandler(configure: configure, done: done)
                try pipeline.addHandler(handshake, position: .after(encryption))
                try begin(channel)
            }
        } catch {
            done.fail(error)
        }
        do {
            return try await done.futureResult.get()
        } catch {
            if let failure = record.failure { throw failure }
            // Versions and ciphers were agreed on before the server sent its certificate; what is left to refuse is ours
            // (RFC 5246 §7.4.6: without one the server may answer with this alert).
            if record.chainCount > chainsBefore, NetworkReasons.isHandshakeRefusal(error) {
                throw CheckFailure(.tlsClientCertificate, "the server refused the client certificate or its absence")
            }
            throw error
        }
    }

    /// The handler behind which the target's own bytes begin.
    private static func lastBelow(_ pipeline: ChannelPipeline.SynchronousOperations) throws -> any ChannelHandler {
        if let early = try? pipeline.handler(type: EarlyReadBuffer.self) { return early }
        if let tunnel = try? pipeline.handler(type: ProxyTunnel.self) { return tunnel }
        return try pipeline.handler(type: ConnectionErrorHandler.self)
    }

    private func encryption(_ parts: TLSClient.Parts, host: String) throws -> NIOSSLClientHandler {
        // The dot that makes a name absolute belongs to no certificate and to no SNI (RFC 6066 §3).
        let bare = host.hasSuffix(".") ? String(host.dropLast()) : host
        let name = client.options.serverName ?? (IPAddress(host) == nil ? bare : nil)
        let subject = name.map { CertificateVerifier.Subject.name($0) } ?? .address(IPAddress(host)?.text ?? host)
        let (record, verifies, pins) = (record, client.options.verifies, client.options.pins)
        return try NIOSSLClientHandler(context: parts.context, serverHostname: name) { chain, verdict in
            let failure =
                verifies
                ? parts.verifier.failure(of: chain, for: subject, pins: pins)
                : CertificateVerifier.failure(ofUnverified: chain, pins: pins)
            record.record(chain, failure: failure)
            verdict.succeed(failure == nil ? .certificateVerified : .failed)
        }
    }
}
