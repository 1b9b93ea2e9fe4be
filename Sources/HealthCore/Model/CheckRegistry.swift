/// The registered components and checks, in order.
///
/// A value: a change makes a new one, and everybody who holds it compares.
public struct CheckRegistry: Sendable {
    /// A registered component with the handles of its checks.
    ///
    package struct Component: Sendable {
        /// As it was registered.
        package let registration: ComponentRegistration
        /// In the order of its checks.
        package let handles: [CheckHandle]
    }

    /// In the order of registration.
    package private(set) var components: [Component] = []
    /// In the order of registration.
    package private(set) var groups: [GroupRegistration] = []
    /// In the order of registration.
    package private(set) var flags: [FlagRegistration] = []
    /// In the order of registration.
    package private(set) var maintenance: [MaintenanceWindow] = []
    private var nextHandle = 0
    /// Of components and groups.
    private var names: Set<String> = []
    private var membersOfGroups: Set<String> = []

    /// Nothing registered.
    public init() {}

    /// How many checks there are.
    public var checkCount: Int {
        components.reduce(0) { $0 + $1.handles.count }
    }

    /// Adds a component with its checks; throws when a name is in use or comes twice.
    public mutating func add(_ component: ComponentRegistration) throws(RegistryError) {
        guard !hasName(component.name) else { throw .duplicateComponent(component.name) }
        var checkNames: Set<String> = []
        for check in component.checks {
            guard check.id.component == component.name else { throw .foreignCheck(check.id, component.name) }
            guard checkNames.insert(check.id.check).inserted else { throw .duplicateCheck(check.id) }
        }
        let handles = component.checks.indices.map { CheckHandle(number: nextHandle + $0) }
        nextHandle += handles.count
        names.insert(component.name)
        components.append(Component(registration: component, handles: handles))
    }

    /// Adds a group of components that were added before; throws when the name is in use or a member is missing or in another group.
    public mutating func add(_ group: GroupRegistration) throws(RegistryError) {
        guard !hasName(group.name) else { throw .duplicateComponent(group.name) }
        guard !group.members.isEmpty else { throw .emptyGroup(group.name) }
        for (index, member) in group.members.enumerated() {
            guard !group.members[..<index].contains(member) else { throw .memberOfTwoGroups(member) }
            guard hasName(member), !groups.contains(where: { $0.name == member }) else {
                throw .unknownName(member, in: group.name)
            }
            guard !membersOfGroups.contains(member) else { throw .memberOfTwoGroups(member) }
        }
        names.insert(group.name)
        membersOfGroups.formUnion(group.members)
        groups.append(group)
    }

    /// Adds a flag; throws when the name is in use or something that it requires is missing.
    public mutating func add(_ flag: FlagRegistration) throws(RegistryError) {
        guard !flags.contains(where: { $0.name == flag.name }) else { throw .duplicateFlag(flag.name) }
        for name in flag.requires where !hasName(name) { throw .unknownName(name, in: flag.name) }
        flags.append(flag)
    }

    /// Adds a maintenance window; throws when a component that it covers is missing.
    public mutating func add(_ window: MaintenanceWindow) throws(RegistryError) {
        for name in window.components ?? [] where !components.contains(where: { $0.registration.name == name }) {
            throw .unknownName(name, in: "maintenance")
        }
        maintenance.append(window)
    }

    private func hasName(_ name: String) -> Bool {
        names.contains(name)
    }

    /// Takes handles over from a registry that this one replaces, for the checks that stay as they are.
    ///
    /// A check whose component's latency bounds no longer hold the old ones is a changed one: its histogram begins anew.
    ///
    /// - Parameter unchanged: the ids of checks whose registrations mean the same in both; the old ones are kept.
    package mutating func replace(_ old: CheckRegistry, unchanged: Set<CheckID>) {
        let known = Dictionary(
            uniqueKeysWithValues: old.checks.map { ($0.registration.id, ($0.handle, $0.registration)) }
        )
        let before = Dictionary(uniqueKeysWithValues: old.components.map { ($0.registration.name, $0.registration) })
        nextHandle = old.nextHandle
        components = components.map { component in
            let goesOn = before[component.registration.name].map {
                Buckets.canGoOn(from: $0, to: component.registration)
            }
            var (handles, checks): ([CheckHandle], [Registration]) = ([], [])
            for check in component.registration.checks {
                if unchanged.contains(check.id), goesOn == true, let (handle, registration) = known[check.id] {
                    handles.append(handle)
                    checks.append(registration)
                } else {
                    handles.append(CheckHandle(number: nextHandle))
                    checks.append(check)
                    nextHandle += 1
                }
            }
            return Component(registration: component.registration.with(checks: checks), handles: handles)
        }
    }

    /// Every check with its handle and component, in order.
    package var checks: [(handle: CheckHandle, registration: Registration, component: ComponentRegistration)] {
        components.flatMap { component in
            zip(component.handles, component.registration.checks).map { ($0, $1, component.registration) }
        }
    }
}

/// Why something could not be registered.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
    case duplicateComponent(String)
    case duplicateCheck(CheckID)
    case foreignCheck(CheckID, String)
    case duplicateFlag(String)
    case unknownName(String, in: String)
    case memberOfTwoGroups(String)
    case emptyGroup(String)

    /// One sentence for the programmer.
    public var description: String {
        switch self {
        case .duplicateComponent(let name): "a component or group named `\(name)` is registered already"
        case .duplicateCheck(let id): "the check `\(id)` is registered already"
        case .foreignCheck(let id, let name): "the check `\(id)` does not belong to the component `\(name)`"
        case .duplicateFlag(let name): "a flag named `\(name)` is registered already"
        case .unknownName(let name, let place): "`\(place)` speaks of `\(name)`, which is not registered"
        case .memberOfTwoGroups(let name): "the component `\(name)` is a member of a group already"
        case .emptyGroup(let name): "the group `\(name)` has no members"
        }
    }
}
