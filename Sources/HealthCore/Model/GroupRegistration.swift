/// Components that stand in for each other, or belong together: they act on the service through the group alone.
public struct GroupRegistration: Sendable, Equatable {
    /// How many members must be well.
    public enum Requirement: Sendable, Hashable, CustomStringConvertible {
        /// The worst member decides.
        case all
        /// The best member decides.
        case any
        /// The member of this rank decides, the best being the first; at least 1.
        case atLeast(Int)

        /// Which member decides, counted from the best, of so many.
        package func rank(of count: Int) -> Int {
            switch self {
            case .all: count
            case .any: 1
            case .atLeast(let number): min(number, count)
            }
        }

        /// As the configuration says it.
        public var description: String {
            switch self {
            case .all: "all"
            case .any: "any"
            case .atLeast(let number): String(number)
            }
        }
    }

    /// Unique among components and groups.
    public let name: String
    /// The names of its components, at least one; a component is in at most one group.
    public let members: [String]
    /// How many members must be well.
    public let requirement: Requirement
    /// What its status does to the service.
    public let impact: Impact
    /// Whether it is this instance's own or shared by all replicas.
    public let scope: Scope
    /// The team or person that is responsible for it.
    public let owner: String?
    /// A URL that says what to do when it is red.
    public let runbook: String?
    /// What start-up waits for.
    public let startup: StartupRequirement

    /// A group of components.
    public init(
        name: String,
        members: [String],
        requirement: Requirement = .all,
        impact: Impact = .critical,
        scope: Scope = .local,
        owner: String? = nil,
        runbook: String? = nil,
        startup: StartupRequirement? = nil
    ) {
        self.name = name
        self.members = members
        self.requirement = requirement
        self.impact = impact
        self.scope = scope
        self.owner = owner
        self.runbook = runbook
        self.startup = startup ?? (impact == .critical ? .result : .none)
    }
}

/// A feature that is switched off while what it needs is down.
public struct FlagRegistration: Sendable, Equatable {
    /// Unique among flags.
    public let name: String
    /// Components and groups; at least one.
    public let requires: [String]
    /// Its value while it is not known how they are.
    public let defaultValue: Bool

    /// A flag.
    public init(name: String, requires: [String], defaultValue: Bool) {
        self.name = name
        self.requires = requires
        self.defaultValue = defaultValue
    }

    /// Its value, from the status of everything it requires: off when something is unhealthy, the default while something is
    /// unknown, else on.
    package func isOn(_ statuses: [HealthStatus]) -> Bool {
        switch statuses.max() ?? .unknown {
        case .healthy, .degraded: true
        case .unknown: defaultValue
        case .unhealthy: false
        }
    }
}
