import HealthCore

extension RedisCheck {
    static let kind = CheckKind(
        name: "redis",
        summary: "Asks a Redis or Valkey server.",
        keys: [
            SettingKey("url", .url(["redis", "rediss"]), "redis://[user@]host[:port][/database].", required: true),
            SettingKey(
                "password",
                .text(maximum: 8192),
                "The password, of the user in the url if there is one.",
                secret: true
            ),
            SettingKey("memory_used", .thresholds(.ratio), "Memory used over maxmemory, when the server has one."),
            SettingKey("role", .choice(Role.allCases.map(\.rawValue)), "What the server must be."),
            SettingKey("replication_lag", .thresholds(.duration), "How far behind it or its replicas may be."),
            SettingKey("tls", .object(TLSOptions.keys), "TLS to a rediss url."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let (password, tls) = (reader.secret("password"), resources.tlsClient(reader))
        let (memoryUsed, role) = (reader.ratioThresholds("memory_used"), reader.choice("role") as Role?)
        let replicationLag = reader.durationThresholds("replication_lag")
        let version: IPVersion = reader.choice("ip") ?? .auto
        guard let target = reader.redisTarget("url") else { return nil }
        if reader.has("tls"), !target.isEncrypted { reader.problem("tls", "has no effect: the url is not rediss://") }
        if target.user != nil, !reader.has("password") {
            reader.problem("url", "a user needs a `password`")
        }
        return RedisCheck(
            connector: resources.connector,
            server: target,
            version: version,
            password: password,
            tls: tls,
            memoryUsed: memoryUsed,
            role: role,
            replicationLag: replicationLag,
            pingPeriods: RedisPingPeriod(time: resources.time),
            seen: reader.seen
        )
    }
}
