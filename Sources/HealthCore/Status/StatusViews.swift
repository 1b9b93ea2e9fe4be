/// The same components in three views, which differ in the drills that count.
struct StatusViews: Sendable {
    /// What an update of a component changed further up.
    struct Effect: Sendable, Equatable {
        /// The shown status of the service before; nil when it stays.
        var previousService: HealthStatus?
        /// Whether its unit passes something else up, as readiness sees it.
        var changesPassedUp: Bool
        /// Whether the status of its unit without drills is another one.
        var changesRealUnit: Bool
    }

    /// No drill counts.
    private(set) var real: StatusTree
    /// The drills that readiness and flags see count.
    private(set) var gating: StatusTree
    /// Every drill counts.
    private(set) var shown: StatusTree
    /// How many components have each status, as readiness sees them.
    private(set) var counts = StatusCounts()

    /// Views in which nothing has joined yet.
    ///
    /// - Parameter capsShared: whether shared units no longer take the service out.
    init(_ hierarchy: Hierarchy = Hierarchy(), capsShared: Bool = false) {
        var tree = StatusTree(hierarchy)
        tree.capsShared = capsShared
        (real, gating, shown) = (tree, tree, tree)
    }

    /// What the views are of.
    var hierarchy: Hierarchy { real.hierarchy }

    /// Whether shared units no longer take the service out: once it has been ready.
    var capsShared: Bool { gating.capsShared }

    /// Caps shared units at degraded from now on.
    mutating func capShared() {
        (real.capsShared, gating.capsShared, shown.capsShared) = (true, true, true)
    }

    /// Adds a component that has no status yet.
    mutating func add(_ state: ComponentState, of component: ComponentIndex) {
        counts[state.gatingStatus] += 1
        set(state, of: component)
    }

    /// Updates the status of a component.
    mutating func update(_ component: ComponentIndex, from old: ComponentState, to new: ComponentState) -> Effect {
        let unit = hierarchy.unitOfComponent[component]
        let before = (passedUp: gating.passedUp(by: unit), real: real.status(of: unit), service: shown.service)
        set(new, of: component)
        if old.gatingStatus != new.gatingStatus { counts.move(from: old.gatingStatus, to: new.gatingStatus) }
        return Effect(
            previousService: shown.service == before.service ? nil : before.service,
            changesPassedUp: gating.passedUp(by: unit) != before.passedUp,
            changesRealUnit: real.status(of: unit) != before.real
        )
    }

    /// A component that has not joined counts with its drill alone.
    private mutating func set(_ state: ComponentState, of component: ComponentIndex) {
        real.set(state.hasJoined ? state.realStatus : nil, of: component)
        gating.set(state.hasJoined ? state.gatingStatus : state.readinessDrill?.status, of: component)
        shown.set(state.hasJoined ? state.status : state.drill?.status, of: component)
    }
}
