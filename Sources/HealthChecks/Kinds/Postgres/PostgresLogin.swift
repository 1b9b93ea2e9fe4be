import HealthCore
import NIOCore
import Platform

/// The parameters with which a check connects and logs in (libpq-paramkeywords).
struct PostgresLogin: Sendable {
    /// A parameter of libpq.
    typealias Parameter = (name: String, value: String)

    /// The server, the user and the password.
    let settings: PostgresSettings
    /// Nil leaves TLS to the url's sslmode.
    let tls: TLSOptions?

    /// A path at which no file is.
    private static let noFile = "/nonexistent"

    /// Every parameter that libpq would otherwise read from the environment, the home directory or a service file (libpq-envars);
    /// those without a value of the check are empty or have libpq's default.
    ///
    /// - Parameter statementTimeout: after which the server ends a query by itself; nil for the server's own.
    func parameters(for address: SocketAddress, statementTimeout: Duration?) -> [Parameter] {
        let server = settings.server
        return [
            ("host", tls?.serverName ?? server.host), ("hostaddr", address.ipAddress ?? server.host),
            ("port", String(server.port)), ("user", server.user), ("dbname", server.database),
            ("application_name", "health-exporter"), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("target_session_attrs", "any"), ("passfile", Self.noFile), ("sslcrl", Self.noFile),
            ("sslcrldir", Self.noFile), ("ssl_min_protocol_version", "TLSv1.2"),
            ("ssl_max_protocol_version", "TLSv1.3"), ("sslcert", tls?.certificate?.path ?? Self.noFile),
            ("sslkey", tls?.key?.path ?? Self.noFile), ("sslrootcert", authorities ?? Self.noFile),
            ("sslmode", sslMode),
            ("password", settings.password ?? ""), ("options", Self.options(statementTimeout)),
        ] + Self.defaults
    }

    private static func options(_ statementTimeout: Duration?) -> String {
        statementTimeout.map { "-c statement_timeout=\($0.wholeNanoseconds / 1_000_000)" } ?? ""
    }

    /// libpq's own defaults; the parameters from `require_auth` on came after version 15.
    private static let defaults: [Parameter] = [
        ("channel_binding", "prefer"), ("connect_timeout", "0"), ("sslcompression", "0"), ("sslsni", "1"),
        ("requirepeer", ""), ("krbsrvname", "postgres"), ("gsslib", ""),
        ("require_auth", ""), ("sslcertmode", "allow"), ("load_balance_hosts", "disable"), ("gssdelegation", "0"),
        ("sslnegotiation", "postgres"), ("min_protocol_version", "3.0"), ("max_protocol_version", "3.0"),
    ]

    private var sslMode: String {
        guard let tls else { return settings.server.sslMode }
        return tls.verifies ? "verify-full" : "require"
    }

    /// Nil when nothing is verified: given a file of authorities, libpq verifies even with sslmode `require`.
    private var authorities: String? {
        guard let tls, tls.verifies else { return nil }
        return tls.authorities?.path ?? Self.systemAuthorities
    }

    /// Where Debian, Red Hat and Alpine keep the system's authorities; the first file that is there.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ].first { SmallFile.read($0, limit: 1)?.isEmpty == false }
}
