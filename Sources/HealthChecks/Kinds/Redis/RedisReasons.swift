import HealthCore

/// The reasons of a Redis server's errors.
enum RedisReasons {
    /// The failure of an error by its first word (redis.io, "Redis protocol specification", simple errors).
    static func failure(of text: String, answering command: String) -> CheckFailure {
        let code = text.prefix { $0 != " " }
        let message = "\(command) was answered with \(text)"
        switch code {
        case "NOPERM":
            return CheckFailure(.authentication, "\(message); allow the user +\(command.lowercased()) (ACL SETUSER)")
        case "NOAUTH", "WRONGPASS", "DENIED": return CheckFailure(.authentication, message)
        case "LOADING", "MASTERDOWN", "BUSY", "READONLY", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "MISCONF":
            return CheckFailure(.notServing, message)
        case "ERR" where text.contains("max number of clients"): return CheckFailure(.notServing, message)
        case "ERR" where command == "AUTH": return CheckFailure(.authentication, message)
        default: return CheckFailure(.protocolError, message)
        }
    }
}
