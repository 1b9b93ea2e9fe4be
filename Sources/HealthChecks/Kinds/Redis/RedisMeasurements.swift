import HealthCore

/// What a check of kind `redis` measures besides the end of the certificates.
enum RedisMeasurements {
    /// Connected clients.
    static let clients = Measurement(
        name: "health_redis_connected_clients",
        help: "Connected clients, this one included."
    )
    /// Memory used.
    static let memory = Measurement(
        name: "health_redis_memory_used_bytes",
        help: "Memory used by the server (used_memory)."
    )
    /// Memory used over `maxmemory`.
    static let memoryRatio = Measurement(
        name: "health_redis_memory_used_ratio",
        help: "Memory used over maxmemory; absent without a limit."
    )
    /// Seconds behind.
    static let lag = Measurement(
        name: "health_redis_replication_lag_seconds",
        help:
            "How long a replica has missed its primary's pings, else 0; on a primary the largest lag of its replicas."
    )

    /// In the order in which they are declared.
    static let all = [clients, memory, memoryRatio, lag]
}
