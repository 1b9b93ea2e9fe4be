/// Why something is not healthy: a closed list, stable across releases, used in metrics, logs and documents.
public enum FailureReason: String, CaseIterable, Sendable {
    case pending, stale, `internal`, drill, timeout, error
    case tooSlow = "too_slow"
    case threshold, assertion, blocked
    case dnsNotFound = "dns_not_found"
    case dnsFailure = "dns_failure"
    case dnsTimeout = "dns_timeout"
    case connectRefused = "connect_refused"
    case connectTimeout = "connect_timeout"
    case unreachable
    case connectionReset = "connection_reset"
    case closedEarly = "closed_early"
    case tlsExpired = "tls_expired"
    case tlsNotYetValid = "tls_not_yet_valid"
    case tlsHostname = "tls_hostname"
    case tlsUntrusted = "tls_untrusted"
    case tlsProtocol = "tls_protocol"
    case tlsClientCertificate = "tls_client_certificate"
    case tlsExpiring = "tls_expiring"
    case protocolError = "protocol_error"
    case unexpectedStatus = "unexpected_status"
    case redirect
    case bodyTooLarge = "body_too_large"
    case headersTooLarge = "headers_too_large"
    case authentication
    case notServing = "not_serving"
    case execStart = "exec_start"
    case execExit = "exec_exit"
    case execSignal = "exec_signal"
    case execOutputLimit = "exec_output_limit"
    case heartbeatMissed = "heartbeat_missed"
    case missing
}

extension FailureReason {
    /// One constant sentence for people: the cause and what to inspect first.
    public var hint: String {
        switch self {
        case .pending: "No result yet; the first run is still to come or under way, or a worker has never beaten."
        case .stale: "The last result is too old to trust; look at the exporter's schedule delay and overdue runs."
        case .internal:
            "The exporter itself is short of something (descriptors, ports, threads, CPU); the target was not evaluated."
        case .drill: "A drill shows this; what the checks found is not as bad."
        case .timeout: "No answer within the timeout; the target is hung, overloaded or silently cut off."
        case .error: "The check itself threw an error; see its message."
        case .tooSlow: "It answered, but slower than degraded_above."
        case .threshold: "A measured value reached its threshold; see the measurements."
        case .assertion: "The answer does not hold what the check expects."
        case .blocked: "The address is one that checks may not reach; network.allow can permit it."
        case .dnsNotFound: "The name does not exist; check its spelling and the search domains."
        case .dnsFailure: "The name server could not answer; it is down, overloaded or refuses."
        case .dnsTimeout: "The name server did not answer within the timeout."
        case .connectRefused: "Nothing listens on that port; the target is stopped or the port is wrong."
        case .connectTimeout: "No answer to the connection attempt; a firewall drops it or the host is down."
        case .unreachable: "There is no route to the host."
        case .connectionReset: "The target broke the connection; it crashed, restarted or refuses this client."
        case .closedEarly: "The target closed the connection before its answer was complete."
        case .tlsExpired: "A certificate of the chain has expired; renew it."
        case .tlsNotYetValid: "A certificate of the chain is not valid yet; check both clocks."
        case .tlsHostname: "The certificate is for another name."
        case .tlsUntrusted:
            "The certificate does not lead to a trusted authority; an intermediate or the CA is missing."
        case .tlsProtocol: "The TLS handshake failed; the port may not speak TLS, or only an old version."
        case .tlsClientCertificate: "The target wants a client certificate, or refused ours."
        case .tlsExpiring: "A certificate of the chain expires soon; renew it."
        case .protocolError: "The answer does not follow the protocol; something else may listen on that port."
        case .unexpectedStatus: "The target, or a proxy before it, answered with a status that is not expected."
        case .redirect: "A redirect could not be followed: too many, or to where it may not go."
        case .bodyTooLarge: "The answer's body is larger than max_body."
        case .headersTooLarge: "The answer's headers are larger than a check reads."
        case .authentication:
            "The target refused the credentials, or they lack a grant that the check needs; see its message."
        case .notServing: "The target is up, but says it does not serve."
        case .execStart: "The command could not be started; it is missing or not executable."
        case .execExit: "The command ended with another exit code than 0; see its message."
        case .execSignal: "The command was ended by a signal."
        case .execOutputLimit: "The command printed more than max_output."
        case .heartbeatMissed: "No heartbeat within the time allowed; the worker is stopped, stuck or cut off."
        case .missing: "Something required is not there; see the message."
        }
    }
}
