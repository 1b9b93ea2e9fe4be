import HealthCore
import Platform

/// The reasons of PostgreSQL's error codes (PostgreSQL documentation, appendix A) and of libpq's texts.
enum PostgresReasons {
    /// The failure of an error; `too_many_connections` counts as a threshold that was reached.
    static func failure(_ error: PostgresError) -> CheckFailure {
        guard let state = error.state else { return failure(text: error.message) }
        let message = "\(state): \(error.message)"
        switch state {
        case "53300": return CheckFailure(.threshold, message)
        case "57014": return CheckFailure(.timeout, message)
        case "42501": return CheckFailure(.authentication, message)
        case "42P01", "42703", "3D000", "3F000": return CheckFailure(.missing, message)
        case _ where state.hasPrefix("28"): return CheckFailure(.authentication, message)
        case _ where state.hasPrefix("08"): return CheckFailure(.protocolError, message)
        case _ where state.hasPrefix("53") || state.hasPrefix("57P"): return CheckFailure(.notServing, message)
        default: return CheckFailure(.error, message)
        }
    }

    private static let systemErrors: [Int32] = [
        ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EMFILE, ENFILE, ENOMEM, ENOBUFS,
        EADDRNOTAVAIL, EACCES,
    ]

    /// libpq reports a system error only as the text of strerror(3).
    private static func failure(text: String) -> CheckFailure {
        // Before the texts of system errors: "Permission denied" may be about a file here, or about a route.
        let isAboutAFile = ["certificate file \"", "private key file \""].contains { text.contains($0) }
        if isAboutAFile { return CheckFailure(.internal, text) }
        if text.hasPrefix("definition of service") {
            return CheckFailure(.internal, "PGSERVICE of this process's environment: \(text)")
        }
        for code in systemErrors where text.contains(NetworkReasons.text(errno: code)) {
            return NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
        }
        let ends = ["closed the connection unexpectedly", "unexpected eof", "no connection to the server"]
        if ends.contains(where: { text.contains($0) }) {
            return CheckFailure(.closedEarly, "the server closed the connection unexpectedly")
        }
        if text.contains("SSL connection has been closed") || text.contains("EOF detected") {
            return CheckFailure(.closedEarly, "the server closed the encrypted connection unexpectedly")
        }
        // The server's alert about the client certificate; under TLS 1.3 it comes after the handshake (RFC 8446 §6.2).
        let alert = text.contains("SSL error") ? text.firstRange(of: "alert").map { text[$0.upperBound...] } : nil
        if let alert, alert.contains("certificate") || alert.contains("unknown ca") {
            return CheckFailure(.tlsClientCertificate, text)
        }
        // Neither `S` nor `N`: the other side is no PostgreSQL server.
        if text.contains("invalid response to SSL negotiation") { return CheckFailure(.protocolError, text) }
        // An error instead of `S` or `N`. libpq does not show its text, which is not authenticated (CVE-2024-10977).
        if text.contains("error response during SSL exchange") { return CheckFailure(.notServing, text) }
        if text.contains("SSL") || text.contains("certificate") { return CheckFailure(.tlsProtocol, text) }
        return CheckFailure(.protocolError, text)
    }
}
