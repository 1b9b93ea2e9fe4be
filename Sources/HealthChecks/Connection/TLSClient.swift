package import HealthCore
package import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// TLS to a target: at least 1.2, certificates verified unless the configuration says otherwise.
package final class TLSClient: Sendable {
    let options: TLSOptions
    private let protocols: [String]
    private let time: any TimeSource
    private let verifiers: CertificateVerifiers
    private let pool: BlockingPool
    /// The same without a client certificate and server name; nil when there is neither.
    fileprivate let anonymous: TLSClient?
    /// Made with the first connection: each holds a copy of all authorities.
    private let parts = Mutex<Parts?>(nil)

    /// What connections share; read-only once made.
    fileprivate struct Parts: Sendable {
        let context: NIOSSLContext
        let verifier: CertificateVerifier
    }

    /// - Parameters:
    ///   - protocols: the application protocols offered (RFC 7301).
    ///   - verifiers: what verifies for several of these.
    ///   - pool: where files are read.
    package init(
        options: TLSOptions = TLSOptions(),
        protocols: [String] = [],
        time: any TimeSource,
        verifiers: CertificateVerifiers,
        pool: BlockingPool
    ) {
        self.options = options
        self.protocols = protocols
        self.time = time
        self.verifiers = verifiers
        self.pool = pool
        var foreign = options
        (foreign.certificate, foreign.key, foreign.serverName) = (nil, nil, nil)
        anonymous =
            options.certificate == nil && options.serverName == nil
            ? nil : TLSClient(options: foreign, protocols: protocols, time: time, verifiers: verifiers, pool: pool)
    }

    /// Runs something that connects with TLS, and adds to its report what the certificates say: when the first of them
    /// expires, also when it failed, and whether that is too soon.
    package func judged(_ body: (TLSConnection) async throws -> CheckReport) async throws -> CheckReport {
        let record = CertificateRecord()
        do {
            var report = try await body(TLSConnection(client: self, record: record))
            report.measured += measured(record)
            return judge(record, report)
        } catch var failure as CheckFailure {
            failure.measured += measured(record)
            throw failure
        }
    }

    private func measured(_ record: CertificateRecord) -> [MeasuredValue] {
        record.earliestEnd.map { [MeasuredValue(CertificateRecord.notAfter, Double($0))] } ?? []
    }

    private func judge(_ record: CertificateRecord, _ report: CheckReport) -> CheckReport {
        guard let end = record.earliestEnd, let thresholds = options.expiresWithin else { return report }
        let left = Duration.seconds(end) - .seconds(Int(time.timestamp.seconds))
        let expiring: CheckReport.Verdict =
            switch thresholds.judge(left) {
            case .success, .pending: .success
            case .degraded: .degraded(.tlsExpiring)
            case .failure: .failure(.tlsExpiring)
            }
        var judged = report
        judged.verdict = .worst([report.verdict, expiring])
        if judged.verdict != report.verdict {
            judged.message = "a certificate of the chain expires at \(CertificateRecord.date(end))"
        }
        return judged
    }

    /// Read from their files for the first connection; a file that hangs takes one thread, whoever else needs it.
    fileprivate func makeParts(_ phases: PhaseTimer) async throws -> Parts {
        if let known = parts.withLock({ $0 }) { return known }
        let (options, protocols, verifiers) = (options, protocols, verifiers)
        let verifier = try await read("authorities \(options.authorities ?? "of the system")", phases) {
            () throws(TLSOptions.Problem) in
            try options.verifier(of: verifiers)
        }
        let files = [options.certificate, options.key].compactMap(\.self).joined(separator: " ")
        let context = try await read(files.isEmpty ? nil : "certificate \(files)", phases) {
            () throws(TLSOptions.Problem) in
            try Self.context(try options.configuration(protocols: protocols))
        }
        return parts.withLock { parts in
            let made = parts ?? Parts(context: context, verifier: verifier)
            parts = made
            return made
        }
    }

    private func read<Value: Sendable>(
        _ subject: String?,
        _ phases: PhaseTimer,
        _ load: @escaping @Sendable () throws(TLSOptions.Problem) -> Value
    ) async throws -> Value {
        try await pool.run(phases, about: subject.map { "tls \($0)" }) {
            do throws(TLSOptions.Problem) {
                return try load()
            } catch {
                throw CheckFailure(.internal, "tls.\(error.key): \(error.message)")
            }
        }
    }

    private static func context(_ configuration: TLSConfiguration) throws(TLSOptions.Problem) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSOptions.Problem(key: "certificate", message: "certificate and key do not fit together")
        }
    }
}

/// TLS on one connection of a run.
package struct TLSConnection: Sendable {
    fileprivate let client: TLSClient
    package let record: CertificateRecord

    /// The same without the client certificate and server name, which are for the configured target only.
    var anonymous: TLSConnection {
        TLSConnection(client: client.anonymous ?? client, record: record)
    }

    /// Encrypts a connected channel; `configure` runs once the other side is trusted, before it is heard, and `begin` once the
    /// handshake can take bytes.
    package func handshake<Configured: Sendable>(
        on channel: any Channel,
        host: String,
        _ phases: PhaseTimer,
        configure: @escaping @Sendable (any Channel) throws -> Configured,
        begin: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> Configured {
        phases.enter(.tls)
        let parts = try await client.makeParts(phases)
        let (record, verifies) = (record, client.options.verifies)
        // The dot that makes a name absolute belongs to no certificate and to no SNI (RFC 6066 §3).
        let bare = host.hasSuffix(".") ? String(host.dropLast()) : host
        let name = client.options.serverName ?? (IPAddress(host) == nil ? bare : nil)
        let subject = name.map { CertificateVerifier.Subject.name($0) } ?? .address(IPAddress(host)?.text ?? host)
        let chains = record.chainCount
        let done = channel.eventLoop.makePromise(of: Configured.self)
        do {
            try await channel.eventLoop.submit {
                let pipeline = channel.pipeline.syncOperations
                let encryption = try NIOSSLClientHandler(context: parts.context, serverHostname: name) {
                    chain,
                    verdict in
                    let failure = verifies ? parts.verifier.failure(of: chain, for: subject) : nil
                    record.note(chain, failure)
                    verdict.succeed(failure == nil ? .certificateVerified : .failed)
                }
                let witness = try pipeline.handler(type: ConnectionWitness.self)
                try pipeline.addHandler(encryption, position: .after(witness))
                let end = HandshakeEnd(configure: configure, done: done)
                try pipeline.addHandler(end, position: .after(encryption))
                try begin(channel)
            }.get()
        } catch {
            done.fail(error)
        }
        do {
            return try await done.futureResult.get()
        } catch {
            if let failure = record.failure { throw failure }
            // Versions and ciphers were agreed on before the server showed its certificate; what is left to refuse is ours
            // (RFC 5246 §7.4.6: without one the server may answer with this alert).
            if record.chainCount > chains, NetworkReasons.isHandshakeRefusal(error) {
                throw CheckFailure(.tlsClientCertificate, "the server refused the client certificate or its absence")
            }
            throw error
        }
    }
}
