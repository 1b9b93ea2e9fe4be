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
        case "57P01", "57P02", "57P03": return CheckFailure(.notServing, message)
        case "57014": return CheckFailure(.timeout, message)
        case "42501": return CheckFailure(.authentication, message)
        case "42P01", "42703", "3D000": return CheckFailure(.missing, message)
        case _ where state.hasPrefix("28"): return CheckFailure(.authentication, message)
        case _ where state.hasPrefix("08"): return CheckFailure(.protocolError, message)
        case _ where state.hasPrefix("53"): return CheckFailure(.notServing, message)
        default: return CheckFailure(.error, message)
        }
    }

    private static let systemErrors: [Int32] = [
        ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EMFILE, ENFILE, ENOMEM, ENOBUFS,
        EADDRNOTAVAIL, EACCES,
    ]

    /// libpq tells a system error only in the system's words.
    private static func failure(words: String) -> CheckFailure {
        for code in systemErrors where words.contains(NetworkReasons.text(errno: code)) {
            return NetworkReasons.failure(errno: code, words)
        }
        if words.contains("closed the connection unexpectedly") || words.contains("unexpected eof") {
            return CheckFailure(.closedEarly, "the server closed the connection unexpectedly")
        }
        if words.contains("SSL connection has been closed") || words.contains("EOF detected") {
            return CheckFailure(.closedEarly, "the server closed the encrypted connection unexpectedly")
        }
        // What the server says of our certificate under TLS 1.3, after our side of the handshake.
        if words.contains("SSL error"), words.contains("alert"), !words.contains("protocol version") {
            return CheckFailure(.tlsClientCertificate, words)
        }
        // libpq is stricter than others with who may read the key.
        if words.contains("private key file"), words.contains("access") { return CheckFailure(.internal, words) }
        if words.contains("SSL") || words.contains("certificate") { return CheckFailure(.tlsProtocol, words) }
        return CheckFailure(.protocolError, words)
    }
}
