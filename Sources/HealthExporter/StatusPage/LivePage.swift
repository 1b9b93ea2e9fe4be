import HealthCore
import Synchronization

/// The facts that the status page shows, and in which order they changed, so that an open page is told only what it doesn't know.
///
/// Called on the page thread.
final class LivePage: Sendable {
    /// The facts of the page at a moment.
    struct Content: Sendable {
        /// The components, worst first.
        let rows: [ComponentFacts]
        /// The groups, as they were registered.
        let groups: [GroupFacts]
        /// The top of the page.
        let service: ServiceFacts
        /// Names the content: the process, the history of its bars and how often it changed.
        let sequence: String
    }

    /// What changed since a sequence.
    struct Changes: Sendable {
        /// The sequence after it.
        let sequence: String
        /// Nil when the page has to be loaded anew: it is of another process, or too old.
        let parts: Parts?

        /// The parts that changed.
        struct Parts: Sendable {
            /// The components that are to be shown otherwise, or new.
            var rows: [ComponentFacts] = []
            /// The groups that are to be shown otherwise, or new.
            var groups: [GroupFacts] = []
            /// The names of components that are gone.
            var removed: [String] = []
            /// Nil when the top of the page is the same.
            var service: ServiceFacts?

            /// Whether nothing changed.
            var isEmpty: Bool { rows.isEmpty && groups.isEmpty && removed.isEmpty && service == nil }
        }
    }

    fileprivate struct Versioned<Facts: Sendable>: Sendable {
        var facts: Facts
        var version: UInt64
    }

    fileprivate struct Shown: Sendable {
        var rows: [String: Versioned<ComponentFacts>] = [:]
        var groups: [String: Versioned<GroupFacts>] = [:]
        var groupOrder: [String] = []
        var removed: [(name: String, version: UInt64)] = []
        /// What was removed before this version is forgotten.
        var forgottenVersion: UInt64 = 0
        var service: Versioned<ServiceFacts>?
        var version: UInt64 = 0
        /// When the facts were last compared, in seconds since the start.
        var second: Int64?
    }

    /// What changes with every run is compared every so many seconds, 5 to 60: so that no more than some rows change in each.
    static func measuredPeriod(of components: Int) -> Int64 { Int64(min(60, max(5, components / 16))) }
    fileprivate static let maximumRemoved = 1000

    private let boot: String
    private let shown = Mutex<[HistoryStep: Shown]>([:])

    /// - Parameter started: tells this process from others.
    init(started: Timestamp) {
        boot = String(UInt64(bitPattern: started.nanosecondsSinceEpoch), radix: 36)
    }

    /// Compares what is known with what was shown last; called once a second while pages are open.
    ///
    /// - Parameter isExact: whether the content has what changes with every run as it is now. Open pages are told of that only
    ///   when it differs much.
    func update(_ known: PageSnapshot, step: HistoryStep, exporter: [String], isExact: Bool) -> Content {
        shown.withLock { all in
            var shown = all[step] ?? Shown()
            let second = Moment.zero.duration(to: known.now).components.seconds
            let period = Self.measuredPeriod(of: known.health.components.count)
            let rows = known.health.components.map { component in
                let old = shown.rows[component.registration.name]?.facts
                let current = ComponentFacts.Current(component, in: known.health)
                let isDue = Self.isDue(component.index.position, after: shown.second, at: second, every: period)
                // What led to a change is shown with it.
                let kept = isExact || isDue || old?.current != current ? nil : old?.measured
                return ComponentFacts(
                    component,
                    current: current,
                    measured: kept ?? ComponentFacts.Measured(component, in: known, step: step)
                )
            }
            let sorted = StatusPageQuery().sorted(rows)
            let groups = known.health.groups.map { GroupFacts($0) }
            let service = ServiceFacts(known, rows: sorted, exporter: exporter)
            shown.update(rows: sorted.map(shown.smoothed), groups: groups, service: service)
            shown.second = second
            all[step] = shown
            return Content(rows: sorted, groups: groups, service: service, sequence: sequence(shown.version, step))
        }
    }

    /// What changed since a page that has a sequence.
    func changes(since sequence: String, step: HistoryStep) -> Changes {
        shown.withLock { all in
            let shown = all[step] ?? Shown()
            let now = self.sequence(shown.version, step)
            guard let version = version(of: sequence, step), version >= shown.forgottenVersion, version <= shown.version
            else {
                return Changes(sequence: now, parts: nil)
            }
            return Changes(sequence: now, parts: shown.changes(since: version))
        }
    }

    /// Whether what a component measured is compared: in turns, so that not all rows change in one second.
    private static func isDue(_ position: Int, after last: Int64?, at second: Int64, every period: Int64) -> Bool {
        guard let last else { return true }
        return (last + Int64(position)) / period != (second + Int64(position)) / period
    }

    private func prefix(_ step: HistoryStep) -> String { "\(boot)-\(step.rawValue)." }

    private func sequence(_ version: UInt64, _ step: HistoryStep) -> String { prefix(step) + String(version) }

    private func version(of sequence: String, _ step: HistoryStep) -> UInt64? {
        // Only as it is written here: other spellings of a number would be other subscriptions.
        let version = sequence.split(separator: ".").last.flatMap { UInt64($0) }
        return version.flatMap { self.sequence($0, step) == sequence ? $0 : nil }
    }
}

extension LivePage.Shown {
    /// The row with what was measured when it was last shown, unless that differs much.
    fileprivate func smoothed(_ row: ComponentFacts) -> ComponentFacts {
        guard let old = rows[row.name]?.facts.measured, row.measured.isSimilar(to: old) else { return row }
        var row = row
        row.measured = old
        return row
    }

    /// Gives whatever differs a new version.
    fileprivate mutating func update(rows: [ComponentFacts], groups: [GroupFacts], service: ServiceFacts) {
        let next = version + 1
        var isChanged = false
        for row in rows where self.rows[row.name]?.facts != row {
            self.rows[row.name] = .init(facts: row, version: next)
            isChanged = true
        }
        for group in groups where self.groups[group.name]?.facts != group {
            self.groups[group.name] = .init(facts: group, version: next)
            isChanged = true
        }
        if self.rows.count > rows.count {
            let names = Set(rows.map(\.name))
            for name in self.rows.keys.filter({ !names.contains($0) }).sorted() {
                self.rows[name] = nil
                removed.append((name, next))
            }
            isChanged = true
        }
        groupOrder = groups.map(\.name)
        if self.groups.count > groups.count {
            // Where a group was, members stand on their own: the page is loaded anew.
            self.groups = self.groups.filter { groupOrder.contains($0.key) }
            forgottenVersion = next
            isChanged = true
        }
        if self.service?.facts != service {
            self.service = .init(facts: service, version: next)
            isChanged = true
        }
        if removed.count > LivePage.maximumRemoved {
            forgottenVersion = max(forgottenVersion, removed[removed.count / 2].version)
            removed.removeFirst(removed.count / 2 + 1)
        }
        if isChanged { version = next }
    }

    /// What has a later version.
    fileprivate func changes(since version: UInt64) -> LivePage.Changes.Parts {
        var parts = LivePage.Changes.Parts()
        if version == self.version { return parts }
        parts.rows = rows.values.filter { $0.version > version }.map(\.facts).sorted { $0.name < $1.name }
        parts.groups = groupOrder.compactMap { groups[$0] }.filter { $0.version > version }.map(\.facts)
        parts.removed = removed.filter { $0.version > version && rows[$0.name] == nil }.map(\.name)
        if let service, service.version > version { parts.service = service.facts }
        return parts
    }
}
