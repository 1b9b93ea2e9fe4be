/// How many things have each status.
package struct StatusCounts: Sendable, Equatable {
    // Four fields and no array: counts are copied and changed with every change of a component.
    private var healthy = 0
    private var degraded = 0
    private var unknown = 0
    private var unhealthy = 0

    /// Nothing counted yet.
    package init() {}

    /// How many have a status.
    package subscript(status: HealthStatus) -> Int {
        get {
            switch status {
            case .healthy: healthy
            case .degraded: degraded
            case .unknown: unknown
            case .unhealthy: unhealthy
            }
        }
        set {
            switch status {
            case .healthy: healthy = newValue
            case .degraded: degraded = newValue
            case .unknown: unknown = newValue
            case .unhealthy: unhealthy = newValue
            }
        }
    }

    /// Moves one from a status to another.
    package mutating func move(from old: HealthStatus, to new: HealthStatus) {
        self[old] -= 1
        self[new] += 1
    }

    /// The worst status that at least one has; healthy when nothing is counted.
    package var worst: HealthStatus {
        HealthStatus.allCases.last { self[$0] > 0 } ?? .healthy
    }
}
