/// The registered components and checks, in order.
///
/// A value: a change makes a new one, and everybody who holds it compares.
public struct CheckRegistry: Sendable {
    /// A registered component with the handles of its checks.
    ///
    package struct Component: Sendable {
        package let registration: ComponentRegistration
        package let handles: [CheckHandle]
    }

    /// In the order of registration.
    package private(set) var components: [Component] = []
    private var nextHandle = 0

    /// Nothing registered.
    public init() {}

    /// How many checks there are.
    public var checkCount: Int {
        components.reduce(0) { $0 + $1.handles.count }
    }

    /// Adds a component with its checks; throws when a name is taken or used twice.
    public mutating func add(_ component: ComponentRegistration) throws(RegistryError) {
        guard !components.contains(where: { $0.registration.name == component.name }) else {
            throw .duplicateComponent(component.name)
        }
        var names: Set<String> = []
        for check in component.checks {
            guard check.id.component == component.name else { throw .foreignCheck(check.id, component.name) }
            guard names.insert(check.id.check).inserted else { throw .duplicateCheck(check.id) }
        }
        let handles = component.checks.indices.map { CheckHandle(number: nextHandle + $0) }
        nextHandle += handles.count
        components.append(Component(registration: component, handles: handles))
    }

    /// Removes a component with its checks; false when there is none of that name.
    @discardableResult
    public mutating func remove(component name: String) -> Bool {
        guard let index = components.firstIndex(where: { $0.registration.name == name }) else { return false }
        components.remove(at: index)
        return true
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

    /// One sentence for the programmer.
    public var description: String {
        switch self {
        case .duplicateComponent(let name): "a component named `\(name)` is registered already"
        case .duplicateCheck(let id): "the check `\(id)` is registered already"
        case .foreignCheck(let id, let name): "the check `\(id)` does not belong to the component `\(name)`"
        }
    }
}
