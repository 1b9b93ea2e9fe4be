/// The status of a check, a component or the service, ordered from best to worst.
public enum HealthStatus: String, CaseIterable, Comparable, Sendable {
    /// Works as it should.
    case healthy
    /// Works, but not as it should: slow, nearly full, reduced.
    case degraded
    /// No result yet, or none recent enough to say.
    case unknown
    /// Does not work.
    case unhealthy

    /// The place in the order, 0 for the best; also the index in counts by status.
    package var severity: Int {
        switch self {
        case .healthy: 0
        case .degraded: 1
        case .unknown: 2
        case .unhealthy: 3
        }
    }

    /// Orders from best to worst.
    public static func < (left: HealthStatus, right: HealthStatus) -> Bool {
        left.severity < right.severity
    }
}
