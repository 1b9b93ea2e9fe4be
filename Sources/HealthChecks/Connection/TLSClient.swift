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
    /// The same without a client certificate; nil when there is none.
    fileprivate let anonymous: TLSClient?
    /// Made with the first connection: each holds a copy of all authorities.
    private let context = Mutex<NIOSSLContext?>(nil)

    /// - Parameter protocols: the application protocols offered (RFC 7301).
    package init(options: TLSOptions = TLSOptions(), protocols: [String] = [], time: any TimeSource) {
        self.options = options
        self.protocols = protocols
        self.time = time
        var foreign = options
        (foreign.certificate, foreign.key) = (nil, nil)
        anonymous = options.certificate == nil ? nil : TLSClient(options: foreign, protocols: protocols, time: time)
    }

    /// Runs something that connects with TLS, and adds to its report what the certificates say: when the first of them
    /// expires, also when it failed, and whether that is too soon.
    package func judged(_ body: (TLSConnection) async throws -> CheckReport) async throws -> CheckReport {
        let record = CertificateRecord(time: time)
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
            case .success: .success
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

    fileprivate func makeContext() throws -> NIOSSLContext {
        try context.withLock { context in
            if let context { return context }
            let made: NIOSSLContext
            do throws(TLSOptions.Problem) {
                made = try Self.context(try options.configuration(protocols: protocols))
            } catch {
                throw CheckFailure(.internal, "tls.\(error.key): \(error.message)")
            }
            context = made
            return made
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

    /// The same without the client certificate, which is for the configured target only.
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
        let context = try client.makeContext()
        let (record, verifies) = (record, client.options.verifies)
        let name = client.options.serverName ?? (IPAddress(host) == nil ? host : nil)
        let done = channel.eventLoop.makePromise(of: Configured.self)
        do {
            try await channel.eventLoop.submit {
                let pipeline = channel.pipeline.syncOperations
                // The one callback that leaves the verdict to the TLS library and still tells which certificate it is about.
                let encryption = try NIOSSLClientHandler(context: context, serverHostname: name) {
                    result,
                    certificate in
                    record.note(certificate, isTrusted: result == .certificateVerified || !verifies)
                    // Goes on, so that the whole chain is seen; what is not trusted ends in the handler below.
                    return .certificateVerified
                }
                try pipeline.addHandler(encryption, position: .first)
                let end = HandshakeEnd(record: record, name: verifies ? name : nil, configure: configure, done: done)
                try pipeline.addHandler(end, position: .after(encryption))
                try begin(channel)
            }.get()
        } catch {
            done.fail(error)
        }
        do {
            return try await done.futureResult.get()
        } catch {
            throw record.failure ?? NetworkReasons.failure(error)
        }
    }
}
