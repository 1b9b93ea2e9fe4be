import Synchronization

/// One verifier for all that trust the same authorities: the system's alone are some megabytes.
package final class CertificateVerifiers: Sendable {
    /// By the authorities' file; empty for the system's.
    private let made = Mutex<[String: CertificateVerifier]>([:])

    package init() {}

    /// The verifier for a file of authorities, nil for the system's; nil when they can't be loaded.
    func verifier(authorities: String?) -> CertificateVerifier? {
        made.withLock { made in
            let key = authorities ?? ""
            if let known = made[key] { return known }
            let verifier = CertificateVerifier(authorities: authorities)
            made[key] = verifier
            return verifier
        }
    }
}
