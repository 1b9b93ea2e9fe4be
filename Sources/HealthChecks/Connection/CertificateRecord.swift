package import HealthCore
import NIOSSL
import Synchronization

/// What one handshake showed of the other side's certificates, also when it failed.
package final class CertificateRecord: Sendable {
    /// One certificate of the chain.
    package struct Certificate: Sendable, Equatable {
        /// Seconds since 1970.
        package let notBefore: Int
        package let notAfter: Int
        package let description: String
    }

    private struct State {
        var certificates: [Certificate] = []
        var failure: CheckFailure?
    }

    static let notAfter = Measurement(
        name: "health_tls_certificate_not_after_timestamp_seconds",
        help: "When the first certificate of the target's chain expires."
    )

    private let state = Mutex(State())
    private let time: any TimeSource

    package init(time: any TimeSource) {
        self.time = time
    }

    /// The chain from the authority down to the target's own certificate, as far as it could be built.
    package var certificates: [Certificate] { state.withLock { $0.certificates } }

    /// Why the chain is not to be trusted; nil when it is.
    package var failure: CheckFailure? { state.withLock { $0.failure } }

    /// The end of the certificate that expires first, in seconds since 1970.
    package var earliestEnd: Int? { state.withLock { $0.certificates.map(\.notAfter).min() } }

    /// Notes a certificate that was looked at and what the TLS library made of it; the first failure counts.
    func note(_ certificate: NIOSSLCertificate, isTrusted: Bool) {
        let seen = Certificate(
            notBefore: Int(certificate.notValidBefore),
            notAfter: Int(certificate.notValidAfter),
            description: "\(certificate)"
        )
        let now = Int(time.timestamp.seconds)
        state.withLock { state in
            if !state.certificates.contains(seen) { state.certificates.append(seen) }
            if !isTrusted, state.failure == nil { state.failure = Self.failure(of: seen, now: now) }
        }
    }

    private static func failure(of certificate: Certificate, now: Int) -> CheckFailure {
        if certificate.notAfter < now {
            return CheckFailure(.tlsExpired, "the certificate expired at \(date(certificate.notAfter))")
        }
        if certificate.notBefore > now {
            return CheckFailure(.tlsNotYetValid, "the certificate is valid from \(date(certificate.notBefore))")
        }
        return CheckFailure(.tlsUntrusted, "the certificate does not lead to a trusted authority")
    }

    /// RFC 3339; seconds that no timestamp holds are cut off at its ends.
    static func date(_ seconds: Int) -> String {
        let (nanoseconds, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (seconds < 0 ? .min : .max) : nanoseconds).rfc3339
    }
}
