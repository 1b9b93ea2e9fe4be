import HealthCore
import NIOCore

extension PostgresCheck {
    /// All that libpq would else take from the environment, the home directory or a service file (libpq-envars): whatever has
    /// no value here is there all the same, empty or as its default.
    func parameters(
        _ address: SocketAddress,
        _ context: RunContext,
        withOptions: Bool
    ) -> [(String, String)] {
        let nowhere = "/nonexistent"
        let options = tls?.options
        var parameters = [
            ("host", options?.serverName ?? server.host), ("hostaddr", address.ipAddress ?? server.host),
            ("port", String(server.port)), ("user", server.user), ("dbname", server.database),
            ("application_name", "health-exporter"), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("target_session_attrs", "any"), ("passfile", nowhere), ("sslcrl", nowhere), ("sslcrldir", nowhere),
            ("ssl_min_protocol_version", "TLSv1.2"), ("ssl_max_protocol_version", "TLSv1.3"),
            ("sslcert", options?.certificate ?? nowhere), ("sslkey", options?.key ?? nowhere),
            ("sslrootcert", authorities ?? nowhere), ("sslmode", sslMode), ("password", password ?? ""),
        ]
        // The server ends by itself what nobody waits for any more, not before our deadline.
        let milliseconds = context.timeout.wholeNanoseconds / 1_000_000
        parameters.append(("options", withOptions ? "-c statement_timeout=\(milliseconds)" : ""))
        return parameters + Self.defaults
    }

    /// As libpq has them; the second line came after version 15.
    private static let defaults = [
        ("channel_binding", "prefer"), ("connect_timeout", "0"), ("sslcompression", "0"), ("sslsni", "1"),
        ("requirepeer", ""), ("krbsrvname", "postgres"), ("gsslib", ""),
        ("require_auth", ""), ("sslcertmode", "allow"), ("load_balance_hosts", "disable"), ("gssdelegation", "0"),
        ("sslnegotiation", "postgres"), ("min_protocol_version", "3.0"), ("max_protocol_version", "3.0"),
    ]

    private var sslMode: String {
        guard let options = tls?.options else { return server.sslMode }
        return options.verifies ? "verify-full" : "require"
    }

    /// Nil when nothing is verified: libpq verifies with whatever file is there, also when only asked to encrypt.
    private var authorities: String? {
        guard let options = tls?.options, options.verifies else { return nil }
        return options.authorities ?? Self.systemAuthorities
    }

    /// Where the distributions keep the system's authorities.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ].first { SmallFile.read($0, limit: 1)?.isEmpty == false }
}
