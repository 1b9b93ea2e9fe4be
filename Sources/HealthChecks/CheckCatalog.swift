/// Every kind of check, a line each.
package enum CheckCatalog {
    package static let kinds: [CheckKind] = [
        HTTPCheck.kind,
        TCPCheck.kind,
        DiskCheck.kind,
        MemoryCheck.kind,
        RuntimeCheck.kind,
        EnvironmentCheck.kind,
    ]

    /// Kinds of the contract that this release can't run yet.
    package static let notYet = ["tls", "dns", "icmp", "grpc", "postgres", "redis", "exec", "file", "heartbeat"]

    /// The kind of a name.
    package static func kind(named name: String) -> CheckKind? {
        kinds.first { $0.name == name }
    }
}
