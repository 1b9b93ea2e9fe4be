import HealthCore
import NIOCore

extension PostgresCheck {
    /// All that libpq would else take from the environment and the home directory (libpq-envars).
    func parameters(
        _ address: SocketAddress,
        _ context: RunContext,
        withOptions: Bool
    ) -> [(String, String)] {
        let nowhere = "/nonexistent"
        let options = tls?.options
        var parameters = [
            ("host", options?.serverName ?? target.host), ("hostaddr", address.ipAddress ?? target.host),
            ("port", String(target.port)), ("user", target.user), ("dbname", target.database),
            ("application_name", "health-exporter"), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("target_session_attrs", "any"), ("passfile", nowhere), ("sslcrl", nowhere),
            ("ssl_min_protocol_version", "TLSv1.2"),
            ("sslcert", options?.certificate ?? nowhere), ("sslkey", options?.key ?? nowhere),
            ("sslrootcert", authorities ?? nowhere), ("sslmode", sslMode),
        ]
        if let password { parameters.append(("password", password)) }
        if withOptions {
            // The server ends by itself what nobody waits for any more, not before our deadline.
            let milliseconds = context.timeout.wholeNanoseconds / 1_000_000
            parameters.append(("options", "-c statement_timeout=\(milliseconds)"))
        }
        return parameters
    }

    private var sslMode: String {
        guard let options = tls?.options else { return target.sslMode }
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
