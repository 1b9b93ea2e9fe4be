/// What the status of a component does to the service.
public enum Impact: String, CaseIterable, Sendable {
    /// Passes its status up.
    case critical
    /// Makes the service degraded at worst.
    case optional
    /// Never counts.
    case informational

    /// What a component of this impact passes up; nil when it never counts.
    package func passedUp(_ status: HealthStatus) -> HealthStatus? {
        switch self {
        case .critical: status
        case .optional: min(status, .degraded)
        case .informational: nil
        }
    }
}

/// Whether a component belongs to this instance alone or is shared by all replicas.
public enum Scope: String, CaseIterable, Sendable {
    /// A fault of it speaks about this instance.
    case local
    /// One dependency that all replicas share.
    case shared
}

/// What start-up waits for, of one component.
public enum StartupRequirement: String, CaseIterable, Sendable {
    /// A first result of every check.
    case result
    /// A healthy status.
    case healthy
    /// Nothing.
    case none = "false"
}
