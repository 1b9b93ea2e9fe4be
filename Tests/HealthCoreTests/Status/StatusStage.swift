import HealthCore
import HealthTesting

/// A store with what it reported, as short texts.
struct StatusStage {
    let time = ManualTime()
    let store: StatusStore
    private let reported = Shared<[String]>([])
    var registry: CheckRegistry

    init(_ components: ComponentRegistration..., policy: UnknownPolicy = .notReady, tasks: [String] = []) throws {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        self.init(registry, policy: policy, tasks: tasks)
    }

    init(_ registry: CheckRegistry, policy: UnknownPolicy = .notReady, tasks: [String] = []) {
        self.registry = registry
        store = StatusStore(time: time, unknownPolicy: policy, startupTasks: tasks) { [reported] events in
            reported.withLock { $0 += events.map(Self.text) }
        }
        store.apply(registry)
    }

    /// What was reported since the last call.
    func takeEvents() -> [String] {
        reported.withLock { events in
            defer { events.removeAll() }
            return events
        }
    }

    @discardableResult
    func publish(_ outcome: RunOutcome, _ id: String) -> Bool {
        guard let check = registry.checks.first(where: { "\($0.registration.id)" == id }) else { return false }
        return store.publish(.make(outcome, at: time.moment), of: check.handle)
    }

    private static func text(_ event: StatusEvent) -> String {
        switch event {
        case .checkChanged(let change): "\(change.registration.id) \(change.change.from)→\(change.change.to)"
        case .componentChanged(let change):
            "\(change.name) \(change.transition.from)→\(change.transition.to)" + (change.isDrill ? " (drill)" : "")
        case .serviceChanged(let from, let to, let isDrill): "service \(from)→\(to)" + (isDrill ? " (drill)" : "")
        case .suppressionStarted(let name, let reason, let roots):
            "\(name) suppressed: \(([reason.rawValue] + roots).joined(separator: " "))"
        case .suppressionEnded(let name, let reason): "\(name) no longer suppressed: \(reason.rawValue)"
        case .drillStarted(let name, _): "\(name) drill started"
        case .drillEnded(let name, _): "\(name) drill ended"
        case .readinessChanged(let from, let to): "readiness \(from.name)→\(to.name)"
        case .started: "started"
        }
    }
}
