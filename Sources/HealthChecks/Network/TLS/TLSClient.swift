package import HealthCore
import NIOSSL
import Synchronization

/// TLS to a target: at least 1.2, certificates verified unless the configuration says otherwise.
package final class TLSClient: Sendable {
    /// The `tls` section of the check.
    let options: TLSOptions
    private let protocols: [String]
    private let time: any TimeSource
    private let verifiers: CertificateVerifiers
    private let pool: BlockingPool
    /// The client without client certificate and server name; nil when there is neither.
    let anonymous: TLSClient?
    /// Made with the first connection: each holds a copy of all authorities.
    private let parts = Mutex<Parts?>(nil)

    /// What connections share; read-only once made.
    struct Parts: Sendable {
        /// For handshakes.
        let context: NIOSSLContext
        /// For the chains that servers send.
        let verifier: CertificateVerifier
    }

    /// - Parameters:
    ///   - protocols: the application protocols offered (RFC 7301).
    ///   - verifiers: shared with other clients.
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

    /// Runs a body that connects with TLS, and adds to its report when the first of the certificates expires, also when the
    /// connection failed, and whether that is too soon.
    package func evaluated(_ body: (TLSConnection) async throws -> CheckReport) async throws -> CheckReport {
        let record = CertificateRecord()
        do {
            var report = try await body(TLSConnection(client: self, record: record))
            report.measured += measured(record)
            return evaluate(record, report)
        } catch var failure as CheckFailure {
            failure.measured += measured(record)
            throw failure
        }
    }

    private func measured(_ record: CertificateRecord) -> [MeasuredValue] {
        record.earliestEnd.map { [MeasuredValue(CertificateRecord.notAfter, Double($0))] } ?? []
    }

    private func evaluate(_ record: CertificateRecord, _ report: CheckReport) -> CheckReport {
        guard let end = record.earliestEnd, let thresholds = options.expiresWithin else { return report }
        let left = Duration.seconds(end) - .seconds(Int(time.timestamp.seconds))
        let expiring: CheckReport.Verdict =
            switch thresholds.evaluate(left) {
            case .success, .pending: .success
            case .degraded: .degraded(.tlsExpiring)
            case .failure: .failure(.tlsExpiring)
            }
        var evaluated = report
        evaluated.verdict = .worst([report.verdict, expiring])
        if evaluated.verdict != report.verdict {
            evaluated.message = "a certificate of the chain expires at \(CertificateRecord.date(end))"
        }
        return evaluated
    }

    /// The parts, made for the first connection on a thread of the pool: the files of the system's authorities may hang.
    func loadParts(_ phases: PhaseTimer) async throws -> Parts {
        if let known = parts.withLock({ $0 }) { return known }
        let (options, protocols, verifiers) = (options, protocols, verifiers)
        let verifier = try await load("authorities \(options.authorities?.path ?? "of the system")", phases: phases) {
            () throws(TLSOptions.Problem) in
            try options.verifier(of: verifiers)
        }
        let files = [options.certificate, options.key].compactMap { $0?.path }.joined(separator: " ")
        let context = try await load(files.isEmpty ? nil : "certificate \(files)", phases: phases) {
            () throws(TLSOptions.Problem) in
            try Self.context(try options.configuration(protocols: protocols))
        }
        return parts.withLock { parts in
            let made = parts ?? Parts(context: context, verifier: verifier)
            parts = made
            return made
        }
    }

    private func load<Value: Sendable>(
        _ subject: String?,
        phases: PhaseTimer,
        using load: @escaping @Sendable () throws(TLSOptions.Problem) -> Value
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
