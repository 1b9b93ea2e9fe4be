import BitCollections

/// The status of the service: the worst of what its components pass up, kept by counting.
package struct ServiceState: Sendable {
    private var passedUp = StatusCounts()
    /// How many components have each status, whatever their impact.
    package private(set) var components = StatusCounts()
    /// Checks that make the service other than healthy, by what they pass up; indices into the store's checks.
    private var causes = [BitSet](repeating: BitSet(), count: HealthStatus.allCases.count)

    package init() {}

    /// The worst that is passed up; healthy when nothing is.
    package var status: HealthStatus { passedUp.worst }

    /// Counts a component in.
    package mutating func add(_ status: HealthStatus, impact: Impact) {
        components[status] += 1
        if let passed = impact.passedUp(status) { passedUp[passed] += 1 }
    }

    /// A component changed.
    package mutating func componentChanged(from old: HealthStatus, to new: HealthStatus, impact: Impact) {
        components.move(from: old, to: new)
        if let before = impact.passedUp(old), let after = impact.passedUp(new) {
            passedUp.move(from: before, to: after)
        }
    }

    /// Notes a check's status as a cause, or no longer as one.
    package mutating func noteCheck(_ index: Int, from old: HealthStatus?, to new: HealthStatus, impact: Impact) {
        if let old, let passed = impact.passedUp(old) { causes[passed.severity].remove(index) }
        if let passed = impact.passedUp(new), passed > .healthy { causes[passed.severity].insert(index) }
    }

    /// The checks that make the service other than healthy, worst first, then in order of registration.
    package func worstChecks(_ limit: Int) -> [Int] {
        var worst: [Int] = []
        for set in causes.reversed() where worst.count < limit {
            worst.append(contentsOf: set.prefix(limit - worst.count))
        }
        return worst
    }
}
