import HealthCore
import Synchronization

/// The components that there are with their checks, for routes that answer before anything is rendered or received.
final class ComponentNames: Sendable {
    private let known = Mutex<[String: [CheckHandle]]>([:])

    /// Knows the components of a registry from now on, and no others.
    func apply(_ registry: CheckRegistry) {
        let names = Dictionary(uniqueKeysWithValues: registry.components.map { ($0.registration.name, $0.handles) })
        known.withLock { $0 = names }
    }

    /// The checks of a component; nil when it isn't there.
    func checks(of name: String) -> [CheckHandle]? {
        known.withLock { $0[name] }
    }

    /// The answer to a request about a component that isn't there; nil when it is.
    func refusal(of name: some StringProtocol) -> HTTPReply? {
        checks(of: String(name)) == nil ? .noComponent : nil
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
