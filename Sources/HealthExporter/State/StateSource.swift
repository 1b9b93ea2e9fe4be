import HealthChecks
import HealthCore
import StateFile

/// What a state file is written from, and read into.
struct StateSource: Sendable {
    /// Success by hour and day, incidents, and what changes.
    let history: HistoryStore
    /// Success over the last day.
    let recorder: MetricsRecorder
    /// The workers that report.
    let heartbeats: HeartbeatMemory
    /// When this process began to count, on the monotonic time line.
    let startMoment: Moment
    /// When this process began to count, in civil time.
    let start: Timestamp

    /// What changed since the last batch; nil when nothing did.
    func gather() -> HistoryBatch? {
        var batch = history.drainBatch() ?? HistoryBatch()
        batch.heartbeats.merge(heartbeats.drainChanges()) { $1 }
        return batch.isEmpty ? nil : batch
    }

    /// Gets a batch back that could not be written.
    func giveBack(_ batch: HistoryBatch) {
        history.restore(batch)
    }

    /// Goes on with what a file remembers that could not be read at the start: incidents and heartbeats.
    func adopt(_ remembered: RememberedState) {
        history.adopt(remembered)
        heartbeats.adopt(remembered)
    }

    /// The hour from which on this process counts, since 1970.
    private var firstHour: Int64 { floorDivide(firstMinute, 60).quotient }
    /// The minute from which on this process counts, since 1970.
    private var firstMinute: Int64 { start.minute }

    /// Reads the counts of the hours and minutes that this process counts in, too.
    ///
    /// Called before the first write to the file: afterwards nobody can tell whose they are.
    func readCurrentCounts(of file: StateFile) throws(StateFileProblem) {
        // A count of a later hour is of a clock that was wrong.
        try file.forEachHour(since: firstHour) { component, hour, count in
            if hour == firstHour { history.restore(count, of: component, hour: hour) }
        }
        try file.forEachMinute(since: firstMinute) { restore($2, of: $0, minute: $1) }
    }

    /// Reads the counts of the months before, which may take seconds.
    func readOlderCounts(of file: StateFile) throws(StateFileProblem) {
        try file.forEachHour(since: firstHour - Int64(SuccessHistory.days * 24)) { component, hour, count in
            if hour < firstHour { history.restore(count, of: component, hour: hour) }
        }
        try file.forEachMinute(since: firstMinute - 24 * 60) { component, minute, count in
            if minute < firstMinute { restore(count, of: component, minute: minute) }
        }
    }

    private func restore(_ count: SuccessCount, of component: String, minute: Int64) {
        let age = Timestamp(nanosecondsSinceEpoch: minute * 60_000_000_000).duration(to: start)
        if age >= .zero { recorder.restore(count, of: component, at: startMoment.advanced(by: .zero - age)) }
    }
}
