import BitCollections

/// What start-up waits for: tasks, components and groups; once complete it stays so.
///
/// Pure.
package struct Startup: Sendable {
    /// The tasks that are not done, in the order in which they were given.
    package private(set) var tasks: [String]
    /// Whether start-up is complete.
    package private(set) var isComplete = false
    /// Whether it has changed since it was last read.
    private var isChanged = true
    private var components = Pending()
    private var groups = Pending()
    /// Without a registry it is not known what to wait for, so start-up can't be complete.
    private var hasRegistry = false

    /// Named things of which some are waited for.
    private struct Pending: Sendable {
        var names: [String] = []
        var positions = BitSet()
        var count = 0

        init() {}

        init(_ things: [(name: String, isBlocking: Bool)]) {
            names = things.map(\.name)
            positions = BitSet(things.indices.filter { things[$0].isBlocking })
            count = positions.count
        }

        mutating func remove(_ position: Int) {
            if positions.remove(position) != nil { count -= 1 }
        }

        var namesOfPending: [String] { positions.map { names[$0] } }
    }

    /// Waits for tasks, and for a registry.
    package init(tasks: [String] = []) {
        self.tasks = tasks
    }

    /// Returns itself when it has changed since the last call.
    mutating func readChange() -> Startup? {
        guard isChanged else { return nil }
        isChanged = false
        return self
    }

    /// Waits for the components and groups of a registry, in place of those of the last one.
    package mutating func apply(
        components: [(name: String, isBlocking: Bool)],
        groups: [(name: String, isBlocking: Bool)]
    ) {
        hasRegistry = true
        (self.components, self.groups) = (Pending(components), Pending(groups))
        isChanged = true
    }

    /// A task is done.
    package mutating func finish(task: String) {
        tasks.removeAll { $0 == task }
        isChanged = true
    }

    /// A component no longer blocks start-up.
    package mutating func unblock(_ component: ComponentIndex) {
        components.remove(component.position)
        isChanged = true
    }

    /// Updates whether a group blocks start-up; once it does not, it never does again.
    ///
    /// - Parameters:
    ///   - tree: the statuses without drills.
    ///   - components: all of them, its members among them.
    mutating func update(
        _ group: GroupIndex,
        in tree: StatusTree,
        of components: Table<ComponentIndex, ComponentRecord>
    ) {
        guard isBlocked(by: group) else { return }
        let members = tree.hierarchy.members[tree.hierarchy.unit(of: group)].lazy.map { components[$0].state }
        if tree.hierarchy.groups[group].blocksStartup(status: tree.status(of: group) ?? .unknown, members) { return }
        groups.remove(group.position)
        isChanged = true
    }

    /// Whether a group blocks start-up.
    package func isBlocked(by group: GroupIndex) -> Bool {
        groups.positions.contains(group.position)
    }

    /// Completes start-up when nothing is left to wait for; returns whether it did so just now.
    package mutating func completeWhenUnblocked() -> Bool {
        guard !isComplete, hasRegistry, tasks.isEmpty, components.count + groups.count == 0 else { return false }
        isComplete = true
        isChanged = true
        return true
    }

    /// The names of what start-up waits for: tasks, then components, then groups; empty once it is complete.
    package var waitingFor: [String] {
        isComplete ? [] : tasks + components.namesOfPending + groups.namesOfPending
    }
}

extension GroupRegistration {
    /// Whether it blocks start-up with this status, drills left aside: until no pending member could make a difference.
    func blocksStartup(status: HealthStatus, _ members: some Sequence<ComponentState>) -> Bool {
        switch startup {
        case .none: return false
        case .result: return status == .unknown && members.contains(where: \.isPending)
        case .healthy:
            // Decided by the checks alone that may block start-up; healthy when there are none.
            let statuses = members.compactMap(\.startupStatus).sorted()
            let isHealthy = statuses.isEmpty || statuses[requirement.rank(of: statuses.count) - 1] == .healthy
            return status != .healthy && !isHealthy
        }
    }
}
