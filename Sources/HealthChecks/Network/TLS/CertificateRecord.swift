package import HealthCore
import NIOSSL
import Synchronization

/// The certificates that servers sent in the handshakes of a run, also when a handshake failed.
package final class CertificateRecord: Sendable {
    /// One certificate of the chain.
    package struct Certificate: Sendable, Equatable {
        /// Seconds since 1970.
        package let notAfter: Int
        /// Serial number and names.
        package let description: String
    }

    private struct State {
        var certificates: [Certificate] = []
        var failure: CheckFailure?
        var chains = 0
    }

    /// The metric of the certificate that a TLS target sends first.
    static let notAfter = Measurement(
        name: "health_tls_certificate_not_after_timestamp_seconds",
        help: "When the first certificate of the target's chain expires."
    )

    private let state = Mutex(State())

    /// No certificates yet.
    package init() {}

    /// The chains as they were sent, the server's own certificate first; after a redirect also those of the next host.
    package var certificates: [Certificate] { state.withLock { $0.certificates } }

    /// Why the last chain is not to be trusted; nil when it is.
    package var failure: CheckFailure? { state.withLock { $0.failure } }

    /// The end of the certificate that expires first, in seconds since 1970.
    package var earliestEnd: Int? { state.withLock { $0.certificates.map(\.notAfter).min() } }

    /// How many chains were sent.
    var chainCount: Int { state.withLock { $0.chains } }

    /// Records a chain that a server sent, and what is wrong with it.
    func record(_ chain: [NIOSSLCertificate], failure: CheckFailure?) {
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

    /// Seconds since 1970 as RFC 3339, clamped to what a timestamp holds.
    static func date(_ seconds: Int) -> String {
        let (nanoseconds, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (seconds < 0 ? .min : .max) : nanoseconds).rfc3339
    }
}
