/// What changed since the last batch was written to the state file.
package struct HistoryBatch: Sendable {
    /// A component in a minute.
    package struct Minute: Hashable, Sendable {
        /// The component.
        package let component: String
        /// Minutes since 1970.
        package let number: Int64

        /// A minute of a component.
        package init(component: String, number: Int64) {
            (self.component, self.number) = (component, number)
        }
    }

    /// A component's change of status.
    package struct ComponentTransition: Sendable {
        /// The component.
        package let component: String
        /// What changed.
        package let transition: Transition

        /// A change of a component.
        package init(component: String, transition: Transition) {
            (self.component, self.transition) = (component, transition)
        }
    }

    /// While a file can't be written, as many counts wait for it.
    package static let maximumCounts = 100_000
    /// While a file can't be written, as many changes of status wait for it.
    package static let maximumTransitions = 20_000

    /// Checks that are gone: what is known of them is deleted before all else is written.
    package var forgotten: Set<CheckID> = []
    /// To be added to what the file has.
    package var counts: [Minute: SuccessCount] = [:]
    /// To be appended.
    package var transitions: [ComponentTransition] = []
    /// To be inserted, or put in place of those of the same id.
    package var incidents: [Incident] = []
    /// To be put in place of the last ones.
    package var checks: [CheckID: RememberedState.Check] = [:]
    /// To be put in place of the last ones.
    package var lastRuns: [CheckID: Timestamp] = [:]
    /// To be put in place of the last ones.
    package var heartbeats: [CheckID: RememberedState.Heartbeat] = [:]
    /// To be put in place of the last ones; nil is a drill that ended.
    package var drills: [String: RememberedState.Drill?] = [:]

    /// Nothing.
    package init() {}

    /// Whether there is nothing to write.
    package var isEmpty: Bool {
        counts.isEmpty && transitions.isEmpty && incidents.isEmpty && checks.isEmpty && lastRuns.isEmpty
            && heartbeats.isEmpty && drills.isEmpty && forgotten.isEmpty
    }

    /// Adds incidents, in place of those of the same id.
    mutating func merge(incidents later: [Incident]) {
        let replaced = Set(later.map(\.id))
        incidents = incidents.filter { !replaced.contains($0.id) } + later
    }

    /// This batch, which could not be written, with what changed since then.
    package mutating func merge(_ later: HistoryBatch) {
        forget(later.forgotten)
        counts.merge(later.counts) { old, new in
            var sum = old
            sum += new
            return sum
        }
        transitions += later.transitions
        merge(incidents: later.incidents)
        checks.merge(later.checks) { $1 }
        lastRuns.merge(later.lastRuns) { $1 }
        heartbeats.merge(later.heartbeats) { $1 }
        drills.merge(later.drills) { $1 }
    }

    /// Deletes what is known of checks that are gone.
    mutating func forget(_ gone: Set<CheckID>) {
        forgotten.formUnion(gone)
        for id in gone { (checks[id], lastRuns[id], heartbeats[id]) = (nil, nil, nil) }
    }

    /// Drops the oldest of what has waited too long for a file: first the minutes of counts, then whole hours; the last changes stay.
    mutating func limit() {
        if counts.count > Self.maximumCounts { coarsen() }
        if counts.count > Self.maximumCounts {
            let kept = counts.keys.map(\.number).sorted(by: >)[Self.maximumCounts / 2]
            counts = counts.filter { $0.key.number > kept }
        }
        transitions.removeFirst(max(0, transitions.count - Self.maximumTransitions))
        incidents.removeFirst(max(0, incidents.count - IncidentLog.maximum))
    }

    /// Counts by hour instead of by minute: those of an hour stand in its first minute.
    private mutating func coarsen() {
        var hours: [Minute: SuccessCount] = [:]
        for (minute, count) in counts {
            let hour = floorDivide(minute.number, 60).quotient
            hours[Minute(component: minute.component, number: hour * 60), default: SuccessCount()] += count
        }
        counts = hours
    }
}
