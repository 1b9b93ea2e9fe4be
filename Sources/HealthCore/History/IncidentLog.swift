/// Makes incidents of the changes of statuses.
///
/// Pure: events in, incidents out.
package struct IncidentLog: Sendable {
    /// As many incidents are kept in memory; beyond that the oldest that have ended are dropped.
    package static let maximum = 10_000

    /// By their ids, ascending; the components of those that go on are in `open`.
    package private(set) var incidents: [Incident] = []
    /// The place of the incident that goes on, by component.
    private var open: [String: Int64] = [:]
    /// What suppresses a component at the moment, by its name.
    private var roots: [String: [String]] = [:]
    private var inMaintenance: Set<String> = []
    private var nextID: Int64 = 1
    /// The ids of those that changed since they were last read.
    private var changed: Set<Int64> = []

    /// No incident yet.
    package init() {}

    /// Goes on with the incidents of an earlier process; those that had not ended go on, but for drills that were to end meanwhile.
    package init(restoring old: [Incident], drills: [String: RememberedState.Drill] = [:], at now: Timestamp) {
        incidents = old.sorted { $0.id < $1.id }
        nextID = (incidents.last?.id ?? 0) + 1
        for incident in incidents where incident.end == nil {
            // A component has one at a time.
            close(incident.component, at: incident.start)
            open[incident.component] = incident.id
            if incident.isDrill, let drill = drills[incident.component], drill.end <= now {
                close(incident.component, at: drill.end)
            }
        }
        trim()
    }

    /// Puts the incidents of an earlier process before those of this, which all have to be written.
    ///
    /// For a file that could not be read when this process started: the ids of this process stand for others there, so it gets new ones.
    /// What had not ended ends with the start, before which nobody knows, or with a drill. A file without incidents changes no id.
    package mutating func adopt(_ remembered: RememberedState, since start: Timestamp) {
        let recent = incidents
        guard !remembered.incidents.isEmpty else {
            changed = Set(recent.map(\.id))
            return
        }
        let firsts = Dictionary(recent.map { ($0.component, $0.start) }) { first, _ in first }
        let (roots, inMaintenance) = (roots, inMaintenance)
        self = IncidentLog(restoring: remembered.incidents, drills: remembered.drills, at: start)
        (self.roots, self.inMaintenance) = (roots, inMaintenance)
        for component in open.keys.sorted() { close(component, at: min(start, firsts[component] ?? start)) }
        let known = Dictionary(remembered.incidents.map { (Beginning($0), $0.id) }) { first, _ in first }
        for incident in recent {
            guard let id = known[Beginning(incident)] else {
                append(incident.renamed(nextID))
                continue
            }
            // The file is a copy of this process's own.
            update(id) { $0 = incident.renamed(id) }
            if incident.end == nil { open[incident.component] = id }
        }
    }

    private struct Beginning: Hashable {
        let component: String
        let start: Timestamp

        init(_ incident: Incident) {
            (component, start) = (incident.component, incident.start)
        }
    }

    /// Lets events change the incidents.
    package mutating func record(_ events: [StatusEvent]) {
        for event in events {
            switch event {
            case .componentChanged(let change): record(change)
            case .checkChanged(let change): record(change)
            case .suppressionStarted(let component, .dependency, let causes): suppress(component, by: causes)
            case .suppressionEnded(let component, .dependency): roots[component] = nil
            case .suppressionStarted(let component, .maintenance, _):
                inMaintenance.insert(component)
                if let id = open[component] { update(id) { $0.wasInMaintenance = true } }
            case .suppressionEnded(let component, .maintenance): inMaintenance.remove(component)
            default: break
            }
        }
    }

    /// Ends the incidents of components that are gone.
    package mutating func keep(only components: Set<String>, at now: Timestamp) {
        for component in open.keys.filter({ !components.contains($0) }).sorted() { close(component, at: now) }
        roots = roots.filter { components.contains($0.key) }
        inMaintenance.formIntersection(components)
    }

    /// Removes and returns those that changed since the last call.
    package mutating func drainChanges() -> [Incident] {
        if changed.isEmpty { return [] }
        defer { changed = [] }
        return incidents.filter { changed.contains($0.id) }
    }

    private mutating func record(_ change: StatusEvent.ComponentChange) {
        let transition = change.transition
        guard transition.to != .healthy else { return close(change.name, at: transition.timestamp) }
        if transition.to == .unknown, transition.reason == .pending { return }
        if let id = open[change.name] {
            update(id) { incident in
                if transition.to > incident.worst {
                    (incident.worst, incident.reason) = (transition.to, transition.reason)
                }
                if !change.isDrill { incident.isDrill = false }
            }
            return
        }
        append(
            Incident(
                id: nextID,
                component: change.name,
                start: transition.timestamp,
                worst: transition.to,
                reason: transition.reason,
                isDrill: change.isDrill,
                wasInMaintenance: inMaintenance.contains(change.name),
                roots: roots[change.name] ?? []
            )
        )
    }

    /// A check that fails during a drill makes it an incident: the component's shown status need not change by that.
    private mutating func record(_ change: StatusEvent.CheckChange) {
        let isReal = change.change.to != .healthy && change.change.reason != .pending
        if isReal, let id = open[change.registration.id.component] { update(id) { $0.isDrill = false } }
    }

    private mutating func suppress(_ component: String, by causes: [String]) {
        roots[component] = causes
        guard let id = open[component] else { return }
        update(id) { incident in incident.roots += causes.filter { !incident.roots.contains($0) } }
    }

    private mutating func close(_ component: String, at timestamp: Timestamp) {
        guard let id = open.removeValue(forKey: component) else { return }
        update(id) { $0.end = max($0.start, timestamp) }
    }

    private mutating func append(_ incident: Incident) {
        nextID += 1
        incidents.append(incident)
        if incident.end == nil { open[incident.component] = incident.id }
        changed.insert(incident.id)
        trim()
    }

    private mutating func trim() {
        guard incidents.count > Self.maximum else { return }
        // A tenth at once, so that not every new one moves all others.
        let surplus = incidents.count - Self.maximum * 9 / 10
        let gone = Set(incidents.lazy.filter { $0.end != nil }.prefix(surplus).map(\.id))
        incidents.removeAll { gone.contains($0.id) }
        changed.subtract(gone)
    }

    private mutating func update(_ id: Int64, _ body: (inout Incident) -> Void) {
        var (low, high) = (incidents.startIndex, incidents.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if incidents[middle].id < id { low = middle + 1 } else { high = middle }
        }
        guard incidents.indices.contains(low), incidents[low].id == id else { return }
        body(&incidents[low])
        changed.insert(id)
    }
}
