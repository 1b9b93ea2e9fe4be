import Synchronization

/// One verifier for all that trust the same authorities: the system's alone are some megabytes.
package final class CertificateVerifiers: Sendable {
    /// By the authorities' file; empty for the system's.
    private let made = Mutex<[String: CertificateVerifier]>([:])

    package init() {}

    /// The verifier for a file of authorities, nil for the system's; nil when they can't be loaded.
    func verifier(authorities: String?) -> CertificateVerifier? {
        if let known = known(authorities: authorities) { return known }
        // Not while others wait for the lock: the file may hang.
        guard let verifier = CertificateVerifier(authorities: authorities) else { return nil }
        return made.withLock { made in
            let first = made[authorities ?? ""] ?? verifier
            made[authorities ?? ""] = first
            return first
        }
    }

    /// The verifier for a file of authorities that was loaded before.
    func known(authorities: String?) -> CertificateVerifier? {
        made.withLock { $0[authorities ?? ""] }
    }
}
