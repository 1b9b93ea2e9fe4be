import HealthCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What PostgreSQL's error codes and libpq's words mean.
enum PostgresReasons {
    /// The failure that a problem means; a full server has reached the threshold of its connections.
    static func failure(_ problem: PostgresConnection.Problem) -> CheckFailure {
        guard let state = problem.state else { return failure(words: problem.message) }
        let message = "\(state): \(problem.message)"
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

    /// libpq tells a system error only in the system's words.
    private static func failure(words: String) -> CheckFailure {
        // Files of ours, looked at before the system's words are: those say "Permission denied" of a route, too.
        let isAboutAFile = ["certificate file \"", "private key file \""].contains { words.contains($0) }
        if isAboutAFile { return CheckFailure(.internal, words) }
        if words.hasPrefix("definition of service") {
            return CheckFailure(.internal, "PGSERVICE of this process's environment: \(words)")
        }
        for code in systemErrors where words.contains(NetworkReasons.text(errno: code)) {
            return NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
        }
        let ends = ["closed the connection unexpectedly", "unexpected eof", "no connection to the server"]
        if ends.contains(where: { words.contains($0) }) {
            return CheckFailure(.closedEarly, "the server closed the connection unexpectedly")
        }
        if words.contains("SSL connection has been closed") || words.contains("EOF detected") {
            return CheckFailure(.closedEarly, "the server closed the encrypted connection unexpectedly")
        }
        // What the server says of our certificate under TLS 1.3, after our side of the handshake (RFC 8446 §6.2).
        let alert = words.contains("SSL error") ? words.firstRange(of: "alert").map { words[$0.upperBound...] } : nil
        if let alert, alert.contains("certificate") || alert.contains("unknown ca") {
            return CheckFailure(.tlsClientCertificate, words)
        }
        // Neither yes nor no: whoever says that is no PostgreSQL.
        if words.contains("invalid response to SSL negotiation") { return CheckFailure(.protocolError, words) }
        // Neither, because something is wrong with it; libpq doesn't read on, as nobody vouches for what it says (CVE-2024-10977).
        if words.contains("error response during SSL exchange") { return CheckFailure(.notServing, words) }
        if words.contains("SSL") || words.contains("certificate") { return CheckFailure(.tlsProtocol, words) }
        return CheckFailure(.protocolError, words)
    }
}
