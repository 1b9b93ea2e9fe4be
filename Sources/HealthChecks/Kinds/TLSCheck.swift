import HealthCore

/// Shakes hands with a TLS server and looks at its certificates.
struct TLSCheck: HealthCheck {
    let connector: Connector
    let server: Connector.Target
    let tls: TLSClient

    var measurements: [Measurement] { [CertificateRecord.notAfter] }
    var connects: Bool { true }
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        try await tls.judged { tls in
            try await connector.withStream(to: server, tls: tls, context) { _ in context.phases.finish() }
            let details = tls.record.certificates.map { certificate in
                CheckReport.Detail(
                    "certificate",
                    "\(certificate.description), until \(CertificateRecord.date(certificate.notAfter))"
                )
            }
            return CheckReport(.success, "the certificates are valid", details: details)
        }
    }

    static let kind = CheckKind(
        name: "tls",
        summary: "Looks at the certificates of a TLS server.",
        keys: [
            SettingKey("address", .address, "host:port.", required: true),
            SettingKey("tls", .object(TLSOptions.keys), "expires_within is {degraded: 14d, unhealthy: 3d} by default."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        var options = reader.tlsOptions(resources)
        options.expiresWithin =
            options.expiresWithin
            ?? ThresholdPair(degraded: .seconds(14 * 86_400), unhealthy: .seconds(3 * 86_400), lowIsBad: true)
        return reader.connectorTarget("address").map { target in
            TLSCheck(
                connector: resources.connector,
                server: target,
                tls: TLSClient(
                    options: options,
                    time: resources.time,
                    verifiers: resources.verifiers,
                    pool: resources.blockingPool
                )
            )
        }
    }
}
