import HealthCore

/// What the web configurations ask of those who come to the two listeners.
struct ListenerProtections: Sendable {
    /// TLS, users, a rate limit and headers of the main listener.
    let main: WebProtection
    /// TLS of the probe listener.
    let probe: WebProtection

    /// The protections of a configuration.
    ///
    /// - Parameter time: tells how long a password took to compare.
    init(_ configuration: ExporterConfiguration, time: any TimeSource) {
        let passwords = PasswordVerifier(time: time)
        main = WebProtection(configuration.web, passwords: passwords)
        probe = WebProtection(configuration.probeWeb, passwords: passwords)
    }

    /// Puts another configuration into effect.
    func apply(_ configuration: ExporterConfiguration) {
        main.apply(configuration.web)
        probe.apply(configuration.probeWeb)
    }
}
