/// The next batch for a state file, and what that file is to say of statuses, last runs and drills when it is begun anew.
struct PendingBatch: Sendable {
    /// What changed since the last batch.
    var batch = HistoryBatch()
    /// What the file says now, but for incidents and counts; heartbeats are those of the earlier process.
    private var latest: RememberedState

    /// Nothing changed since an earlier process.
    init(remembering remembered: RememberedState? = nil) {
        latest = remembered ?? RememberedState()
        latest.incidents = []
    }

    /// Adds what an event changed, but for incidents.
    mutating func record(_ event: StatusEvent) {
        switch event {
        case .componentChanged(let change):
            // A status that goes on after a restart is no new one.
            if !change.goesOn { append(change.transition, of: change.name) }
        case .checkChanged(let change):
            // An error of the exporter's own before the first result says nothing of the target.
            guard change.change.from != change.change.to, let since = change.since else { return }
            let check = RememberedState.Check(status: change.change.to, since: since)
            let id = change.registration.id
            batch.checks[id] = check
            latest.checks[id] = check
        case .drillStarted(let component, let drill):
            let started = RememberedState.Drill(
                status: drill.status,
                affectsReadiness: drill.affectsReadiness,
                reason: drill.reason,
                by: drill.by,
                start: drill.start,
                end: drill.end
            )
            batch.drills[component] = started
            latest.drills[component] = started
        case .drillEnded(let component, _): endDrill(of: component)
        default: break
        }
    }

    /// A rare check ran.
    mutating func recordRun(of id: CheckID, at timestamp: Timestamp) {
        batch.lastRuns[id] = timestamp
        latest.lastRuns[id] = timestamp
    }

    /// Knows these components and checks from now on: another one that comes back later begins anew.
    ///
    /// - Parameter former: checks that were known until now.
    mutating func keep(
        _ checks: Set<CheckID>,
        of components: Set<String>,
        insteadOf former: some Sequence<CheckID>,
        at now: Timestamp
    ) {
        forget(latest, but: checks, of: components, at: now)
        batch.forget(Set(former).subtracting(checks))
    }

    /// A file is begun, or read late: what is known now is written to it, and what else it says is not so.
    mutating func replace(
        _ file: RememberedState,
        _ checks: Set<CheckID>,
        of components: Set<String>,
        at now: Timestamp
    ) {
        forget(file, but: checks, of: components, at: now)
        batch.checks.merge(latest.checks) { $1 }
        batch.lastRuns.merge(latest.lastRuns) { $1 }
        let waiting = Set(batch.transitions.map(\.component))
        for (component, transitions) in latest.transitions.sorted(by: { $0.key < $1.key })
        where !waiting.contains(component) {
            if let last = transitions.last { batch.transitions.append(.init(component: component, transition: last)) }
        }
        for component in file.drills.keys where latest.drills[component] == nil { endDrill(of: component) }
        for (component, drill) in latest.drills { batch.drills[component] = drill }
    }

    private mutating func forget(
        _ known: RememberedState,
        but checks: Set<CheckID>,
        of components: Set<String>,
        at now: Timestamp
    ) {
        let ids = Set(known.checks.keys).union(known.lastRuns.keys).union(known.heartbeats.keys)
        let gone = ids.subtracting(checks)
        batch.forget(gone)
        for id in gone { (latest.checks[id], latest.lastRuns[id], latest.heartbeats[id]) = (nil, nil, nil) }
        for (component, transitions) in known.transitions.sorted(by: { $0.key < $1.key })
        where !components.contains(component) {
            if let last = transitions.last, last.to != .unknown {
                append(Transition(timestamp: now, from: last.to, to: .unknown, reason: .pending), of: component)
            }
            latest.transitions[component] = nil
        }
        for component in known.drills.keys where !components.contains(component) { endDrill(of: component) }
    }

    private mutating func append(_ transition: Transition, of component: String) {
        latest.transitions[component] = [transition]
        batch.transitions.append(.init(component: component, transition: transition))
        if batch.transitions.count > HistoryBatch.maximumTransitions * 2 { batch.limit() }
    }

    private mutating func endDrill(of component: String) {
        latest.drills[component] = nil
        batch.drills.updateValue(nil, forKey: component)
    }
}
