/// From components through groups to the service: how a status is passed up.
///
/// Pure. A change of one component costs the same whatever their number.
package struct StatusTree: Sendable {
    /// What passes a status up: a component that is in no group, or a group.
    package struct Unit: Sendable {
        package let impact: Impact
        package let scope: Scope
        /// Nil for a component, which is its own and only member.
        package let requirement: GroupRegistration.Requirement?

        package init(impact: Impact, scope: Scope, requirement: GroupRegistration.Requirement? = nil) {
            self.impact = impact
            self.scope = scope
            self.requirement = requirement
        }
    }

    /// Which unit each component is in.
    package struct Plan: Sendable {
        package let units: [Unit]
        package let unitOfComponent: [Int]

        package init(units: [Unit], unitOfComponent: [Int]) {
            self.units = units
            self.unitOfComponent = unitOfComponent
        }
    }

    private let plan: Plan
    /// Nil while a component has not joined.
    private var statuses: [HealthStatus?]
    private var members: [StatusCounts]
    private var memberCounts: [Int]
    private var passed = StatusCounts()

    /// Whether shared units are capped at degraded: once the service has been ready.
    package var capsShared = false {
        didSet { if capsShared != oldValue { recount() } }
    }

    /// A tree in which nothing has joined yet.
    package init(_ plan: Plan) {
        self.plan = plan
        statuses = Array(repeating: nil, count: plan.unitOfComponent.count)
        members = Array(repeating: StatusCounts(), count: plan.units.count)
        memberCounts = Array(repeating: 0, count: plan.units.count)
    }

    /// The worst that is passed up; healthy when nothing is.
    package var service: HealthStatus { passed.worst }

    /// The status of a unit; nil while none of its members has joined.
    package func status(ofUnit unit: Int) -> HealthStatus? {
        guard memberCounts[unit] > 0 else { return nil }
        let rank = plan.units[unit].requirement?.rank(of: memberCounts[unit]) ?? 1
        var seen = 0
        for status in HealthStatus.allCases {
            seen += members[unit][status]
            if seen >= rank { return status }
        }
        return .unhealthy
    }

    /// What a unit passes up; nil when it does not count.
    package func passedUp(byUnit unit: Int) -> HealthStatus? {
        guard let status = status(ofUnit: unit), let passed = plan.units[unit].impact.passedUp(status) else {
            return nil
        }
        let isCapped = capsShared && plan.units[unit].scope == .shared
        return isCapped ? min(passed, .degraded) : passed
    }

    /// Sets the status of a component; nil takes it out.
    package mutating func set(_ status: HealthStatus?, ofComponent index: Int) {
        let old = statuses[index]
        guard old != status else { return }
        let unit = plan.unitOfComponent[index]
        let before = passedUp(byUnit: unit)
        if let old {
            members[unit][old] -= 1
            memberCounts[unit] -= 1
        }
        if let status {
            members[unit][status] += 1
            memberCounts[unit] += 1
        }
        statuses[index] = status
        let after = passedUp(byUnit: unit)
        if let before { passed[before] -= 1 }
        if let after { passed[after] += 1 }
    }

    private mutating func recount() {
        passed = StatusCounts()
        for unit in plan.units.indices {
            if let status = passedUp(byUnit: unit) { passed[status] += 1 }
        }
    }
}
