package import HealthCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform

/// Maps errors of the network, of TLS and of HTTP to failures with a reason; the one place that does.
package enum NetworkReasons {
    /// The failure that an error means; an error that is not known here is returned as it is.
    package static func failure(_ error: any Error) -> any Error {
        switch error {
        case let failure as CheckFailure: failure
        case let error as IOError: failure(errno: error.errnoCode, text(errno: error.errnoCode))
        case let error as NIOConnectionError: worstOf(error.connectionErrors.map(failure), error.host)
        case let error as ChannelError: failure(error)
        case let error as HTTPParserError: failure(error)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            CheckFailure(.tlsHostname, "the certificate is for another name")
        case is NIOSSLExtraError: CheckFailure(.tlsProtocol, "\(error)")
        case let error as NIOSSLError: failure(error)
        case let error as BoringSSLError: tlsFailure("\(error)")
        default: error
        }
    }

    /// An IPv6 address that can't be assigned is one more that is out of reach: machines without IPv6 say so.
    private static func failure(_ attempt: SingleConnectionFailure) -> any Error {
        if attempt.target.protocol == .inet6, let error = attempt.error as? IOError, error.errnoCode == EADDRNOTAVAIL {
            return CheckFailure(.unreachable, text(errno: error.errnoCode))
        }
        return failure(attempt.error)
    }

    /// What to say when several addresses were tried: what tells most about the target, then internal errors.
    private static func worstOf(_ errors: [any Error], _ host: String) -> any Error {
        let ranking: [FailureReason] = [
            .connectRefused, .connectionReset, .connectTimeout, .internal, .unreachable,
        ]
        func rank(_ error: any Error) -> Int {
            (error as? CheckFailure).flatMap { ranking.firstIndex(of: $0.reason) } ?? ranking.count
        }
        return errors.min { rank($0) < rank($1) } ?? CheckFailure(.dnsNotFound, "\(host) has no address")
    }

    /// The failure that an error number means; a shortage of the exporter itself is `internal`.
    package static func failure(errno code: Int32, _ what: String) -> CheckFailure {
        switch code {
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL, EAGAIN:
            CheckFailure(.internal, what + shortage(code))
        case ECONNREFUSED: CheckFailure(.connectRefused, what)
        case ETIMEDOUT: CheckFailure(.connectTimeout, what)
        case ECONNRESET, ECONNABORTED: CheckFailure(.connectionReset, what)
        // Something was written after the other side had closed: its end came first (tcp(7)).
        case EPIPE: .closedBeforeAnswer
        // EACCES and EPERM are what a prohibiting route answers, EINVAL a black-hole route.
        case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EACCES, EPERM, EINVAL, EAFNOSUPPORT:
            CheckFailure(.unreachable, what)
        default: CheckFailure(.error, what)
        }
    }

    /// The failure that an error number of a local file or program means.
    package static func failure(localErrno code: Int32, _ what: String) -> CheckFailure {
        switch code {
        case EMFILE, ENFILE, ENOMEM, EAGAIN: CheckFailure(.internal, what + shortage(code))
        default: CheckFailure(.error, what)
        }
    }

    /// What this process is short of, and what an operator can do.
    private static func shortage(_ code: Int32) -> String {
        switch code {
        case EMFILE: "; this process has too many open files: raise its limit (ulimit -n)"
        case ENFILE: "; the machine has too many open files: raise fs.file-max"
        case ENOMEM, ENOBUFS: "; memory is short: raise the memory limit"
        case EADDRNOTAVAIL: "; no local port is free: widen net.ipv4.ip_local_port_range or check less often"
        case EAGAIN: "; a limit of the system is reached: look at the limits of processes and threads"
        default: ""
        }
    }

    /// The system's text for an error number (strerror(3)).
    package static func text(errno code: Int32) -> String {
        SystemErrorText.text(of: code)
    }

    private static func failure(_ error: ChannelError) -> any Error {
        switch error {
        case .connectTimeout: CheckFailure(.connectTimeout, "no answer to the connection attempt")
        case .eof, .inputClosed, .outputClosed, .ioOnClosedChannel, .alreadyClosed:
            CheckFailure(.closedEarly, "the connection was closed")
        case .writeHostUnreachable: CheckFailure(.unreachable, "the host can't be reached")
        default: error
        }
    }

    private static func failure(_ error: HTTPParserError) -> any Error {
        switch error {
        case .headerOverflow: CheckFailure(.headersTooLarge, "the answer's headers are larger than \(HTTPLimits.text)")
        case .invalidEOFState, .closedConnection:
            CheckFailure(.closedEarly, "the connection was closed within the answer")
        default: CheckFailure(.protocolError, "no HTTP/1 answer: \(error)")
        }
    }

    private static func failure(_ error: NIOSSLError) -> any Error {
        switch error {
        case .handshakeFailed(let cause): return tlsFailure("\(cause)")
        case .uncleanShutdown: return CheckFailure(.closedEarly, "the connection was cut off without a TLS close")
        case .unableToValidateCertificate, .noCertificateToValidate: return CheckFailure(.tlsUntrusted, "\(error)")
        default: return CheckFailure(.tlsProtocol, "\(error)")
        }
    }

    /// Whether the other side refused the handshake without saying why (RFC 8446 §6.2, handshake_failure).
    static func isHandshakeRefusal(_ error: any Error) -> Bool {
        guard let error = error as? NIOSSLError, case .handshakeFailed(let cause) = error else { return false }
        return "\(cause)".contains("SSLV3_ALERT_HANDSHAKE_FAILURE")
    }

    /// What the other side's alert or the library's error says (RFC 8446 §6.2).
    private static func tlsFailure(_ description: String) -> CheckFailure {
        if description.contains("EOF during") {
            return CheckFailure(.closedEarly, "the connection was closed within the TLS handshake")
        }
        let text = library(text: description)
        let message = "the TLS handshake failed: \(text)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return CheckFailure(.tlsUntrusted, message) }
        // Alerts about certificates speak of ours: the library says otherwise when it is the other side's.
        let isAboutOurs = text.contains("ALERT") && (text.contains("CERTIFICATE") || text.contains("UNKNOWN_CA"))
        if isAboutOurs { return CheckFailure(.tlsClientCertificate, message) }
        return CheckFailure(.tlsProtocol, message)
    }

    /// The TLS library's own word (`WRONG_VERSION_NUMBER`) out of its description, which also names source files.
    private static func library(text: String) -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let index = parts.firstIndex(of: "OPENSSL_internal"), parts.indices.contains(index + 1) else {
            return text
        }
        return String(parts[index + 1].prefix { $0 != " " })
    }
}

extension CheckFailure {
    /// The connection ended while more of the answer was expected.
    static let closedBeforeAnswer = CheckFailure(
        .closedEarly,
        "the connection was closed before the answer was complete"
    )

    /// The same failure with the address in its message, unless it is there already.
    func naming(_ address: String) -> CheckFailure {
        message.contains(address) ? self : CheckFailure(reason, "\(address): \(message)", measured: measured)
    }
}
