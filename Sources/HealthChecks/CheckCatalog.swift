/// Every kind of check, a line each.
package enum CheckCatalog {
    /// All kinds that a configuration may name, in the order of the reference page.
    package static let kinds: [CheckKind] = [
        HTTPCheck.kind,
        TCPCheck.kind,
        TLSCheck.kind,
        DNSCheck.kind,
        ICMPCheck.kind,
        GRPCCheck.kind,
        PostgresCheck.kind,
        RedisCheck.kind,
        ExecCheck.kind,
        DiskCheck.kind,
        MemoryCheck.kind,
        FileCheck.kind,
        HeartbeatCheck.kind,
        RuntimeCheck.kind,
        EnvironmentCheck.kind,
    ]

    /// The kind of a name.
    package static func kind(named name: String) -> CheckKind? {
        kinds.first { $0.name == name }
    }
}
