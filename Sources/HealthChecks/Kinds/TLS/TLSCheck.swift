import HealthCore

/// Completes a handshake with a TLS server and reports its certificates.
struct TLSCheck: NetworkCheck {
    /// Opens the connection.
    let connector: Connector
    /// The host and port to connect to.
    let server: Connector.Target
    /// Verifies the certificates, and evaluates when they expire.
    let tls: TLSClient

    /// The end of the certificates.
    var measurements: [Measurement] { [CertificateRecord.notAfter] }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// Up to the handshake.
    var phases: [RunPhase] {
        .ofConnection(to: server, isEncrypted: true, isAnswered: false)
    }
    /// The server's `host:port`.
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        try await tls.evaluated { tls in
            try await connector.connect(to: server, tls: tls, context)
            let details = tls.record.certificates.map { certificate in
                CheckReport.Detail(
                    "certificate",
                    "\(certificate.description), until \(CertificateRecord.date(certificate.notAfter))"
                )
            }
            return CheckReport(.success, "the certificates are valid", details: details)
        }
    }

    /// The kind `tls`.
    static let kind = CheckKind(
        name: "tls",
        summary: "Completes a TLS handshake and evaluates the certificates.",
        measurements: [CertificateRecord.notAfter],
        settings: TLSCheckSettings.self
    )
}

/// The settings of a `tls` check.
struct TLSCheckSettings: ProxiedSettings {
    var address = HostPort()
    var tls = expiring
    var version = IPVersion.auto
    var proxy: ProxyChoice?

    private static let expiring = {
        var options = TLSOptions()
        options.expiresWithin = ThresholdPair(
            degraded: .seconds(14 * 86_400),
            unhealthy: .seconds(3 * 86_400),
            lowIsBad: true
        )
        return options
    }()

    static let keys: [SettingKey<TLSCheckSettings>] = [
        SettingKey("address", in: \.address, as: .hostPort, "host:port.", traits: .required),
        SettingKey("tls", in: \.tls, as: .object(TLSOptions.self), "expires_within is \(bound) by default."),
        .ipVersion(\.version),
        .proxy,
    ]

    private static var bound: String {
        let type = SettingType<ThresholdPair<Duration>>.thresholds(.duration(like: ""))
        return expiring.expiresWithin.flatMap { type.text($0) } ?? "unset"
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        TLSCheck(
            connector: resources.connector,
            server: resources.routed(address.target(version), proxy),
            tls: resources.tlsClient(tls)
        )
    }
}
