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

    init(
        _ components: [ComponentRegistration],
        groups: [GroupRegistration] = [],
        flags: [FlagRegistration] = [],
        maintenance: [MaintenanceWindow] = []
    ) throws {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        for group in groups { try registry.add(group) }
        for flag in flags { try registry.add(flag) }
        for window in maintenance { try registry.add(window) }
        self.init(registry)
    }

    /// What is down and so suppresses alerts about a component.
    func roots(_ name: String) -> [String] {
        let snapshot = store.snapshot()
        let component = snapshot.components.first { $0.registration.name == name }
        return component.map { snapshot.suppression(of: $0).rootCauses } ?? []
    }

    /// The components that an active maintenance window covers.
    var componentsInMaintenance: [String] {
        let snapshot = store.snapshot()
        return snapshot.components.filter { snapshot.suppression(of: $0).isInMaintenance }.map(\.registration.name)
    }

    /// Applies the registry without a component.
    mutating func remove(_ name: String) throws {
        registry = try registry.removing(name)
        store.apply(registry)
    }

    /// What was reported since the last call.
    func drainEvents() -> [String] {
        reported.withLock { events in
            defer { events.removeAll() }
            return events
        }
    }

    @discardableResult
    func publish(_ kind: ResultKind, _ id: String) -> Bool {
        guard let check = registry.checks.first(where: { "\($0.registration.id)" == id }) else { return false }
        return store.publish(.make(kind, at: time.moment), of: check.handle)?.wantsConfirmation ?? false
    }

    private static func text(_ event: StatusEvent) -> String {
        switch event {
        case .checkChanged(let change):
            "\(change.registration.id) \(change.change.from)→\(change.change.to)"
                + (change.change.from == change.change.to ? ": \(change.change.reason?.rawValue ?? "")" : "")
                + (change.isSuppressed ? " (suppressed)" : "")
        case .componentChanged(let change):
            "\(change.name) \(change.transition.from)→\(change.transition.to)" + (change.isDrill ? " (drill)" : "")
                + (change.isSuppressed ? " (suppressed)" : "")
        case .serviceChanged(let change):
            "service \(change.from)→\(change.to)" + (change.isFirst ? " (first)" : "")
                + (change.isDrill ? " (drill)" : "") + (change.isSuppressed ? " (suppressed)" : "")
        case .suppressionStarted(let name, let reason, let roots):
            "\(name) suppressed: \(([reason.rawValue] + roots).joined(separator: " "))"
        case .suppressionEnded(let name, let reason): "\(name) no longer suppressed: \(reason.rawValue)"
        case .runOverdue(let run): "\(run.registration.id) overdue" + (run.isSuppressed ? " (suppressed)" : "")
        case .drillStarted(let name, _): "\(name) drill started"
        case .drillEnded(let name, _): "\(name) drill ended"
        case .readinessChanged(let from, let to, let isDrill):
            "readiness \(from.name)→\(to.name)" + (isDrill ? " (drill)" : "")
        case .started: "started"
        }
    }
}

extension ComponentRegistration {
    /// A component with one check that one failure makes unhealthy.
    static func of(
        _ name: String,
        needs: [String] = [],
        impact: Impact = .critical,
        scope: Scope = .local
    ) -> ComponentRegistration {
        ComponentRegistration(
            name: name,
            impact: impact,
            scope: scope,
            dependencies: needs,
            checks: [.make("\(name)/primary", thresholds: Thresholds(failure: 1))]
        )
    }
}
