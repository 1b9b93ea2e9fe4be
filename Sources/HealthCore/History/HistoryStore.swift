import Synchronization

/// Keeps what pages show of the past: success by hour and day, the last runs, incidents; and gathers what a state file is to be told.
package final class HistoryStore: Sendable {
    /// The past of a component.
    package struct Component: Sendable {
        /// By hour and by day.
        package var success = SuccessHistory()
        /// The last runs of each of its checks, by the name of the check.
        package var runs: [(check: String, history: RunHistory)] = []

        /// Nothing yet.
        package init(success: SuccessHistory = SuccessHistory()) {
            self.success = success
        }
    }

    fileprivate struct Check {
        /// The place of its component.
        let component: Int
        let id: CheckID
        let isRare: Bool
        var runs = RunHistory()
    }

    fileprivate struct State {
        var checks: [CheckHandle: Check] = [:]
        /// The components of the registry, by name, in the arrays that follow.
        var places: [String: Int] = [:]
        var names: [String] = []
        var success: [SuccessHistory] = []
        var incidents = IncidentLog()
        /// Nil when nothing is written to a file.
        var pending: PendingBatch?
        /// What was counted since the last batch, by place and minute.
        var counts: [PlaceMinute: SuccessCount] = [:]
    }

    fileprivate struct PlaceMinute: Hashable {
        let place: Int
        let minute: Int64
    }

    /// A check that runs less often than this is rare: a restart doesn't run it before it is due.
    package static let rareInterval = Duration.seconds(600)

    private let state: Mutex<State>
    private let time: any TimeSource
    private let start: Timestamp

    /// A store without components.
    ///
    /// - Parameters:
    ///   - isKept: whether batches are gathered for a state file.
    ///   - remembered: the incidents of an earlier process.
    package init(time: any TimeSource, isKept: Bool = false, remembering remembered: RememberedState? = nil) {
        (self.time, start) = (time, time.timestamp)
        var state = State()
        if isKept { state.pending = PendingBatch(remembering: remembered) }
        if let remembered {
            state.incidents = IncidentLog(
                restoring: remembered.incidents,
                drills: remembered.drills,
                at: time.timestamp
            )
        }
        self.state = Mutex(state)
    }

    /// Knows the components of a registry from now on, and no others.
    package func apply(_ registry: CheckRegistry) {
        state.withLock { state in
            let runs = Dictionary(state.checks.values.map { ($0.id, $0.runs) }) { first, _ in first }
            let success = state.places.mapValues { state.success[$0] }
            state.collectCounts()
            (state.checks, state.places, state.names, state.success) = ([:], [:], [], [])
            for (place, component) in registry.components.enumerated() {
                let name = component.registration.name
                state.places[name] = place
                state.names.append(name)
                state.success.append(success[name] ?? SuccessHistory())
                for (handle, check) in zip(component.handles, component.registration.checks) {
                    state.checks[handle] = Check(
                        component: place,
                        id: check.id,
                        isRare: check.schedule.interval >= Self.rareInterval,
                        runs: runs[check.id] ?? RunHistory()
                    )
                }
            }
            let (ids, names) = (state.ids, Set(state.names))
            state.incidents.keep(only: names, at: time.timestamp)
            state.pending?.keep(ids, of: names, insteadOf: runs.keys, at: time.timestamp)
        }
    }

    /// Goes on with the incidents of a file that could not be read at the start, or with none in a new one; what is known now is written to it.
    package func adopt(_ remembered: RememberedState) {
        state.withLock { state in
            state.incidents.adopt(remembered, since: start)
            // All of this process come with the next batch, under their new ids.
            state.pending?.batch.incidents = []
            let (ids, names) = (state.ids, Set(state.names))
            state.pending?.replace(remembered, ids, of: names, at: time.timestamp)
        }
    }

    /// Adds what was counted in an hour of an earlier process; `hour` counts from 1970.
    package func restore(_ count: SuccessCount, of component: String, hour: Int64) {
        state.withLock { state in
            guard let place = state.places[component] else { return }
            state.success[place].add(count, toHour: hour)
        }
    }

    /// A run was completed.
    package func record(_ result: RunResult, of handle: CheckHandle) {
        state.withLock { state in
            guard let index = state.checks.index(forKey: handle) else { return }
            state.checks.values[index].runs.record(result)
            let check = state.checks.values[index]
            // An error of the exporter's own says nothing: the check is due again.
            guard result.kind != .internal else { return }
            if check.isRare { state.pending?.recordRun(of: check.id, at: result.timestamp) }
            state.count(isSuccess: result.kind.isSuccess, at: result.timestamp, in: check.component)
        }
    }

    /// A slot was lost.
    package func recordLostSlot(of handle: CheckHandle) {
        let now = time.timestamp
        state.withLock { state in
            guard let check = state.checks[handle] else { return }
            state.count(isSuccess: false, at: now, in: check.component)
        }
    }

    /// Statuses changed.
    package func record(_ events: [StatusEvent]) {
        state.withLock { state in
            state.incidents.record(events)
            for event in events { state.pending?.record(event) }
        }
    }

    /// Removes and returns what a state file is to be told; nil when there is nothing.
    package func drainBatch() -> HistoryBatch? {
        state.withLock { state in
            state.collectCounts()
            guard var batch = state.pending?.batch else { return nil }
            state.pending?.batch = HistoryBatch()
            batch.merge(incidents: state.incidents.drainChanges())
            return batch.isEmpty ? nil : batch
        }
    }

    /// Gets a batch back that could not be written, to be written with the next one.
    package func restore(_ batch: HistoryBatch) {
        state.withLock { state in
            guard let later = state.pending?.batch else { return }
            var merged = batch
            merged.merge(later)
            merged.limit()
            state.pending?.batch = merged
        }
    }

    /// The past of every component, by name.
    package func components() -> [String: Component] {
        state.withLock { state in
            var components = state.places.mapValues { Component(success: state.success[$0]) }
            for (_, check) in state.checks.sorted(by: { $0.key < $1.key }) {
                components[check.id.component]?.runs.append((check.id.check, check.runs))
            }
            return components.filter { !$0.value.runs.isEmpty }
        }
    }

    /// Every incident, by the start, ascending.
    package func incidents() -> [Incident] {
        state.withLock { $0.incidents.incidents }
    }
}

extension HistoryStore.State {
    fileprivate var ids: Set<CheckID> { Set(checks.values.map(\.id)) }

    fileprivate mutating func count(isSuccess: Bool, at timestamp: Timestamp, in place: Int) {
        success[place].record(isSuccess: isSuccess, at: timestamp)
        guard pending != nil else { return }
        counts[.init(place: place, minute: timestamp.minute), default: SuccessCount()].record(isSuccess: isSuccess)
        if counts.count > HistoryBatch.maximumCounts {
            collectCounts()
            pending?.batch.limit()
        }
    }

    /// Moves the counts to the batch.
    fileprivate mutating func collectCounts() {
        for (key, count) in counts {
            let minute = HistoryBatch.Minute(component: names[key.place], number: key.minute)
            pending?.batch.counts[minute, default: SuccessCount()] += count
        }
        counts.removeAll(keepingCapacity: true)
    }
}
