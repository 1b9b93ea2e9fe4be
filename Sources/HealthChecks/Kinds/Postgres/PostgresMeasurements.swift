import HealthCore

/// What a check of kind `postgres` measures besides the end of the certificates.
enum PostgresMeasurements {
    /// Client connections.
    static let used = Measurement(name: "health_postgres_connections_used", help: "Client connections.")
    /// How many there may be.
    static let limit = Measurement(
        name: "health_postgres_connections_limit",
        help: "Client connections that there may be: max_connections without the reserved ones."
    )
    /// The first over the second.
    static let usedRatio = Measurement(
        name: "health_postgres_connections_used_ratio",
        help: "Client connections over their limit."
    )
    /// Seconds behind.
    static let lag = Measurement(
        name: "health_postgres_replication_lag_seconds",
        help:
            "How far a standby is behind, 0 when it streams and all is replayed; on a primary the largest replay lag."
    )

    /// In the order in which they are declared.
    static let all = [used, limit, usedRatio, lag]
}
