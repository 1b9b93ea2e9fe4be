/// From components through groups to the service: how a status is passed up.
///
/// Pure. A change of one component costs the same whatever their number.
package struct StatusTree: Sendable {
    /// What the tree is made of.
    package let hierarchy: Hierarchy
    /// Nil while a component has not joined.
    private var statuses: Table<ComponentIndex, HealthStatus?>
    private var members: Table<UnitIndex, StatusCounts>
    private var memberCounts: Table<UnitIndex, Int>
    private var passed = StatusCounts()

    /// Whether shared units are capped at degraded: once the service has been ready.
    package var capsShared = false {
        didSet { if capsShared != oldValue { recount() } }
    }

    /// A tree in which nothing has joined yet.
    package init(_ hierarchy: Hierarchy) {
        self.hierarchy = hierarchy
        statuses = Table(repeating: nil, count: hierarchy.unitOfComponent.count)
        members = Table(repeating: StatusCounts(), count: hierarchy.units.count)
        memberCounts = Table(repeating: 0, count: hierarchy.units.count)
    }

    /// The worst that is passed up; healthy when nothing is.
    package var service: HealthStatus { passed.worst }

    /// The status of a component; nil while it has not joined.
    package func status(of component: ComponentIndex) -> HealthStatus? {
        statuses[component]
    }

    /// The status of a unit; nil while none of its members has joined.
    package func status(of unit: UnitIndex) -> HealthStatus? {
        guard memberCounts[unit] > 0 else { return nil }
        let rank = hierarchy.units[unit].requirement?.rank(of: memberCounts[unit]) ?? 1
        var seen = 0
        for status in HealthStatus.allCases {
            seen += members[unit][status]
            if seen >= rank { return status }
        }
        return .unhealthy
    }

    /// The status of a group; nil while none of its members has joined.
    package func status(of group: GroupIndex) -> HealthStatus? {
        status(of: hierarchy.unit(of: group))
    }

    /// What a unit passes up; nil when it does not count.
    package func passedUp(by unit: UnitIndex) -> HealthStatus? {
        guard let status = status(of: unit), let passed = hierarchy.units[unit].impact.passedUp(status) else {
            return nil
        }
        let isCapped = capsShared && hierarchy.units[unit].scope == .shared
        return isCapped ? min(passed, .degraded) : passed
    }

    /// Whether a status of one of its members makes the service other than healthy through a unit.
    package func passesUp(_ status: HealthStatus, by unit: UnitIndex) -> Bool {
        let byUnit = passedUp(by: unit) ?? .healthy
        return byUnit > .healthy && (hierarchy.units[unit].impact.passedUp(status) ?? .healthy) > .healthy
    }

    /// Sets the status of a component; nil takes it out.
    package mutating func set(_ status: HealthStatus?, of component: ComponentIndex) {
        let old = statuses[component]
        guard old != status else { return }
        let unit = hierarchy.unitOfComponent[component]
        let before = passedUp(by: unit)
        if let old {
            members[unit][old] -= 1
            memberCounts[unit] -= 1
        }
        if let status {
            members[unit][status] += 1
            memberCounts[unit] += 1
        }
        statuses[component] = status
        let after = passedUp(by: unit)
        if let before { passed[before] -= 1 }
        if let after { passed[after] += 1 }
    }

    private mutating func recount() {
        passed = StatusCounts()
        for unit in hierarchy.units.indices {
            if let status = passedUp(by: unit) { passed[status] += 1 }
        }
    }
}
