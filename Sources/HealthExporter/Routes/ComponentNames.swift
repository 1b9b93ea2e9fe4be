import HealthCore
import Synchronization

/// The names of the components that there are, for routes that answer before anything is rendered or received.
final class ComponentNames: Sendable {
    private let names = Mutex<Set<String>>([])

    /// Knows the components of a registry from now on, and no others.
    func apply(_ registry: CheckRegistry) {
        let known = Set(registry.components.map(\.registration.name))
        names.withLock { $0 = known }
    }

    /// The answer to a request about a component that isn't there; nil when it is.
    func refusal(of name: some StringProtocol) -> HTTPReply? {
        if names.withLock({ $0.contains(String(name)) }) { return nil }
        return .noComponent
    }
}

extension HTTPReply {
    /// The answer about a component that there is not.
    static let noComponent = HTTPReply.error(
        404,
        "no such component",
        hint: "the components are listed at /api/v1/components"
    )
}
