/// A check with its name and schedule.
public struct Registration: Sendable {
    /// The names of its component and its own.
    public let id: CheckID
    /// The kind of check, such as `http`.
    public let kind: String
    /// What is run.
    public let check: any HealthCheck
    /// When and how long it runs.
    public let schedule: Schedule
    /// How many results in a row change the status.
    public let thresholds: Thresholds
    /// A success slower than this is degraded.
    public let degradedAbove: Duration?
    /// Extra tries within a run; none when nil.
    public let retries: RetryPolicy?
    /// Whether and when runs are left out while the target fails; never when nil.
    public let breaker: CircuitBreakerSettings?
    /// Gives each run where it is executed; nil for where the scheduler's configuration says.
    package var executor: (@Sendable () -> (any TaskExecutor)?)?

    /// A check to be registered.
    public init(
        id: CheckID,
        kind: String,
        check: any HealthCheck,
        schedule: Schedule,
        thresholds: Thresholds = Thresholds(),
        degradedAbove: Duration? = nil,
        retries: RetryPolicy? = nil,
        breaker: CircuitBreakerSettings? = nil
    ) {
        self.id = id
        self.kind = kind
        self.check = check
        self.schedule = schedule
        self.thresholds = thresholds
        self.degradedAbove = degradedAbove
        self.retries = retries
        self.breaker = breaker
    }

    private static let maximumTargetBytes = 512

    /// What the check connects to or inspects, as people may read it: short, and without user and password.
    package var target: String? {
        check.target.map { $0.withoutUserInformation.cut(toBytes: Self.maximumTargetBytes) }
    }
}

/// When a check runs and how long a run may take.
public struct Schedule: Sendable, Equatable {
    /// The steady cadence, at least 100 ms.
    public let interval: Duration
    /// The total deadline of a run, shorter than the interval.
    public let timeout: Duration
    /// The cadence while a change is being confirmed, at most the interval.
    public let confirmInterval: Duration
    /// Older than this the status is unknown; at least interval + timeout.
    public let maximumAge: Duration

    /// A schedule; what is left out follows from the interval and the timeout.
    public init(interval: Duration, timeout: Duration, confirmInterval: Duration? = nil, maximumAge: Duration? = nil) {
        self.interval = interval
        self.timeout = timeout
        self.confirmInterval = confirmInterval ?? Self.defaultConfirmInterval(interval: interval)
        self.maximumAge = maximumAge ?? interval * 2 + timeout
    }

    /// min(interval, max(1 s, interval / 5)).
    package static func defaultConfirmInterval(interval: Duration) -> Duration {
        min(interval, max(.seconds(1), interval / 5))
    }
}

/// How many results in a row change a status.
public struct Thresholds: Sendable, Equatable {
    /// To become worse, at least 1.
    public let failure: Int
    /// To become better, at least 1.
    public let success: Int

    /// Thresholds; three to become worse and one to become better when left out.
    public init(failure: Int = 3, success: Int = 1) {
        precondition(failure >= 1 && success >= 1, "a threshold is at least 1")
        self.failure = failure
        self.success = success
    }
}

/// What checks speak about, with the checks that do.
public struct ComponentRegistration: Sendable {
    /// Unique among components and groups.
    public let name: String
    /// What its status does to the service.
    public let impact: Impact
    /// Whether it is this instance's own or shared by all replicas.
    public let scope: Scope
    /// The team or person that is responsible for it.
    public let owner: String?
    /// A URL that says what to do when it is red.
    public let runbook: String?
    /// The success ratio aimed at, 0 to 1.
    public let objective: Double
    /// Components and groups that it needs: while one of them is unhealthy, alerts about this one are suppressed.
    public let dependencies: [String]
    /// What start-up waits for.
    public let startup: StartupRequirement
    /// Latency bounds of all its checks; the default list when nil.
    public let buckets: [Duration]?
    /// The checks that speak about it; at least one.
    public let checks: [Registration]

    /// A component with its checks.
    public init(
        name: String,
        impact: Impact = .critical,
        scope: Scope = .local,
        owner: String? = nil,
        runbook: String? = nil,
        objective: Double = 0.99,
        dependencies: [String] = [],
        startup: StartupRequirement? = nil,
        buckets: [Duration]? = nil,
        checks: [Registration]
    ) {
        self.name = name
        self.impact = impact
        self.scope = scope
        self.owner = owner
        self.runbook = runbook
        self.objective = objective
        self.dependencies = dependencies
        self.startup = startup ?? (impact == .critical ? .result : .none)
        self.buckets = buckets
        self.checks = checks
    }

    /// The same component with other checks, or other dependencies.
    package func with(checks: [Registration]? = nil, dependencies: [String]? = nil) -> ComponentRegistration {
        ComponentRegistration(
            name: name,
            impact: impact,
            scope: scope,
            owner: owner,
            runbook: runbook,
            objective: objective,
            dependencies: dependencies ?? self.dependencies,
            startup: startup,
            buckets: buckets,
            checks: checks ?? self.checks
        )
    }
}
