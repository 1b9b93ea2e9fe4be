package import HealthCore
import NIOSSL
import Synchronization

/// What the handshakes of a run showed of the other sides' certificates, also when they failed.
package final class CertificateRecord: Sendable {
    /// One certificate of the chain.
    package struct Certificate: Sendable, Equatable {
        /// Seconds since 1970.
        package let notAfter: Int
        package let description: String
    }

    private struct State {
        var certificates: [Certificate] = []
        var failure: CheckFailure?
        var chains = 0
    }

    static let notAfter = Measurement(
        name: "health_tls_certificate_not_after_timestamp_seconds",
        help: "When the first certificate of the target's chain expires."
    )

    private let state = Mutex(State())

    package init() {}

    /// The chains as they were sent, the other side's own certificate first; after a redirect also those of the next host.
    package var certificates: [Certificate] { state.withLock { $0.certificates } }

    /// Why the last chain is not to be trusted; nil when it is.
    package var failure: CheckFailure? { state.withLock { $0.failure } }

    /// The end of the certificate that expires first, in seconds since 1970.
    package var earliestEnd: Int? { state.withLock { $0.certificates.map(\.notAfter).min() } }

    /// How many chains were sent.
    var chainCount: Int { state.withLock { $0.chains } }

    /// Notes what the other side sent and what is wrong with it.
    func note(_ chain: [NIOSSLCertificate], _ failure: CheckFailure?) {
        let certificates = chain.map { certificate in
            Certificate(notAfter: Int(certificate.notValidAfter), description: Self.text(of: certificate))
        }
        state.withLock { state in
            state.certificates += certificates.filter { !state.certificates.contains($0) }
            state.failure = failure
            state.chains += 1
        }
    }

    /// Serial number and names, without the frame that the library puts around them.
    private static func text(of certificate: NIOSSLCertificate) -> String {
        "\(certificate)".split(separator: ";").dropFirst().joined(separator: ", ").replacing(">", with: "")
    }

    /// RFC 3339; seconds that no timestamp holds are cut off at its ends.
    static func date(_ seconds: Int) -> String {
        let (nanoseconds, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (seconds < 0 ? .min : .max) : nanoseconds).rfc3339
    }
}
