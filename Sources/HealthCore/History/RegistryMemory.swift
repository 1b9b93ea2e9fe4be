/// What is known of an earlier process, for the components and checks of a registry.
package struct RegistryMemory: Sendable {
    /// As the state file has it.
    package let statuses: RememberedState
    /// When rare checks are next due that ran in the earlier process; they don't run before.
    package let due: [CheckID: Moment]

    /// What holds for a registry at a time.
    ///
    /// A check that start-up waits for runs at once, however rare it is: nothing is ready without its result. So does one that was
    /// not healthy: until its result its component would seem to have recovered.
    package init(_ statuses: RememberedState, for registry: CheckRegistry, at time: any TimeSource) {
        let (now, timestamp) = (time.moment, time.timestamp)
        self.statuses = statuses
        var due: [CheckID: Moment] = [:]
        let groups = Dictionary(registry.groups.flatMap { group in group.members.map { ($0, group.startup) } }) { $1 }
        for (_, check, component) in registry.checks {
            let interval = check.schedule.interval
            let startup = groups[component.name] ?? component.startup
            guard interval >= HistoryStore.rareInterval, startup == .none || !check.check.blocksStartup,
                let lastRun = statuses.lastRuns[check.id], statuses.checks[check.id]?.status == .healthy
            else { continue }
            let delay = timestamp.duration(to: lastRun.advanced(by: interval))
            // A run in the future is a clock that was set back.
            if delay > .zero, delay <= interval { due[check.id] = now.advanced(by: delay) }
        }
        self.due = due
    }

    /// Whether a drill of a component goes on.
    func isDrilling(_ component: String, at now: StatusTime) -> Bool {
        statuses.drills[component].map { $0.end > now.timestamp } ?? false
    }

    /// The drills that have not ended, by component.
    func drills(at now: StatusTime) -> [(component: String, drill: Drill)] {
        statuses.drills.sorted { $0.key < $1.key }.compactMap { component, old in
            let rest = now.timestamp.duration(to: old.end)
            guard rest > .zero, old.status > .healthy else { return nil }
            return (
                component,
                Drill(
                    status: old.status,
                    affectsReadiness: old.affectsReadiness,
                    reason: old.reason,
                    by: old.by,
                    start: old.start,
                    end: old.end,
                    until: now.moment.advanced(by: min(rest, old.start.duration(to: old.end)))
                )
            )
        }
    }
}
