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

/// How many things have each status.
package struct StatusCounts: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: HealthStatus.allCases.count)

    /// Nothing counted yet.
    package init() {}

    /// How many have a status.
    package subscript(status: HealthStatus) -> Int {
        get { counts[status.severity] }
        set { counts[status.severity] = newValue }
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
