import Synchronization

/// Shares one verifier among all that trust the same authorities: those of the system take some megabytes.
package final class CertificateVerifiers: Sendable {
    /// By the file of authorities; nil for those of the system.
    private let made = Mutex<[SettingFile?: CertificateVerifier]>([:])

    /// No verifier is loaded yet.
    package init() {}

    /// The verifier for a file of authorities, nil for the system's; nil when they can't be loaded.
    func verifier(authorities: SettingFile?) -> CertificateVerifier? {
        if let known = known(authorities: authorities) { return known }
        // Outside the lock: the system's files may hang.
        guard let verifier = CertificateVerifier(authorities: authorities) else { return nil }
        return made.withLock { made in
            let first = made[authorities] ?? verifier
            made[authorities] = first
            return first
        }
    }

    /// The verifier for authorities that were loaded before.
    func known(authorities: SettingFile?) -> CertificateVerifier? {
        made.withLock { $0[authorities] }
    }
}
