/// How components and groups make up the service: which unit each component is in, and what each unit passes up.
///
/// Follows from the registry alone, and does not change until the next one.
package struct Hierarchy: Sendable {
    /// What passes a status up to the service: a group, or a component that is in none.
    package struct Unit: Sendable {
        /// What its status does to the service.
        package let impact: Impact
        /// Whether all replicas share it.
        package let scope: Scope
        /// Nil for a component, which is its own and only member.
        package let requirement: GroupRegistration.Requirement?

        /// A component, or with a requirement a group.
        package init(impact: Impact, scope: Scope, requirement: GroupRegistration.Requirement? = nil) {
            self.impact = impact
            self.scope = scope
            self.requirement = requirement
        }
    }

    /// The groups first, then the components that are in none.
    package let units: Table<UnitIndex, Unit>
    /// The unit of each component.
    package let unitOfComponent: Table<ComponentIndex, UnitIndex>
    /// The components of each unit, in order.
    package let members: Table<UnitIndex, [ComponentIndex]>
    /// The registered groups.
    package let groups: Table<GroupIndex, GroupRegistration>
    private let nodes: [String: NodeIndex]

    /// Units with the unit of each component; groups without a registration, for tables of tests.
    package init(
        units: [Unit] = [],
        unitOfComponent: [UnitIndex] = [],
        groups: [GroupRegistration] = [],
        nodes: [String: NodeIndex] = [:]
    ) {
        self.units = Table(units)
        self.unitOfComponent = Table(unitOfComponent)
        self.groups = Table(groups)
        self.nodes = nodes
        var members = Table<UnitIndex, [ComponentIndex]>(repeating: [], count: units.count)
        for component in self.unitOfComponent.indices { members[self.unitOfComponent[component]].append(component) }
        self.members = members
    }

    /// The hierarchy of a registry.
    package init(_ registry: CheckRegistry) {
        var units = registry.groups.map {
            Unit(impact: $0.impact, scope: $0.scope, requirement: $0.requirement)
        }
        var unitOfMember: [String: UnitIndex] = [:]
        var nodes: [String: NodeIndex] = [:]
        for (position, group) in registry.groups.enumerated() {
            nodes[group.name] = .group(GroupIndex(position: position))
            for member in group.members { unitOfMember[member] = UnitIndex(position: position) }
        }
        var unitOfComponent: [UnitIndex] = []
        for (position, component) in registry.components.enumerated() {
            let registration = component.registration
            nodes[registration.name] = .component(ComponentIndex(position: position))
            if let unit = unitOfMember[registration.name] {
                unitOfComponent.append(unit)
            } else {
                unitOfComponent.append(UnitIndex(position: units.count))
                units.append(Unit(impact: registration.impact, scope: registration.scope))
            }
        }
        self.init(units: units, unitOfComponent: unitOfComponent, groups: registry.groups, nodes: nodes)
    }

    /// The component or group of a name; nil when there is none.
    package func node(named name: String) -> NodeIndex? {
        nodes[name]
    }

    /// The unit that a group is.
    package func unit(of group: GroupIndex) -> UnitIndex {
        UnitIndex(position: group.position)
    }

    /// The group that a unit is; nil for a component that is in none.
    package func group(of unit: UnitIndex) -> GroupIndex? {
        units[unit].requirement == nil ? nil : GroupIndex(position: unit.position)
    }

    /// Whether the shipped rules page somebody when it is unhealthy: what is critical, and not a member that acts through its group.
    package func pages(_ node: NodeIndex) -> Bool {
        switch node {
        case .component(let index):
            let unit = unitOfComponent[index]
            return units[unit].impact == .critical && group(of: unit) == nil
        case .group(let index):
            return units[self.unit(of: index)].impact == .critical
        }
    }

    /// Whether alerts about a component can be left to those about what it depends on: not where it, or the group it is in, pages and
    /// that doesn't.
    package func suppresses(_ node: NodeIndex, alertsAbout component: ComponentIndex) -> Bool {
        pages(node) || units[unitOfComponent[component]].impact != .critical
    }

    /// The group of a component; nil when it is in none.
    package func group(of component: ComponentIndex) -> GroupRegistration? {
        group(of: unitOfComponent[component]).map { groups[$0] }
    }
}
