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
            && heartbeats.isEmpty && drills.isEmpty
    }

    /// This batch, which could not be written, with what changed since then.
    package mutating func merge(_ later: HistoryBatch) {
        counts.merge(later.counts) { old, new in
            var sum = old
            sum += new
            return sum
        }
        transitions += later.transitions
        let replaced = Set(later.incidents.map(\.id))
        incidents = incidents.filter { !replaced.contains($0.id) } + later.incidents
        checks.merge(later.checks) { $1 }
        lastRuns.merge(later.lastRuns) { $1 }
        heartbeats.merge(later.heartbeats) { $1 }
        drills.merge(later.drills) { $1 }
    }
}
