import HealthCore
import StateFile

/// Contents of state files.
enum StateSample {
    /// 2026-12-01T14:00:00Z, in minutes.
    static let minute: Int64 = 29_935_560
    static let hour = minute / 60
    static let now = time(minute)

    static func time(_ minute: Int64, nanoseconds: Int64 = 0) -> Timestamp {
        Timestamp(nanosecondsSinceEpoch: minute * 60_000_000_000 + nanoseconds)
    }

    static func days(_ count: Int64, before time: Timestamp = now) -> Timestamp {
        time.advanced(by: .seconds(-86_400 * count))
    }

    static func counts(_ component: String, _ counts: [Int64: SuccessCount]) -> HistoryBatch {
        var batch = HistoryBatch()
        for (minute, count) in counts { batch.counts[.init(component: component, number: minute)] = count }
        return batch
    }

    static func transition(_ component: String, at time: Timestamp) -> HistoryBatch.ComponentTransition {
        .init(
            component: component,
            transition: Transition(timestamp: time, from: .healthy, to: .unhealthy, reason: .connectRefused)
        )
    }

    static func incident(_ id: Int64, _ component: String, start: Timestamp = now, end: Timestamp? = nil) -> Incident {
        Incident(
            id: id,
            component: component,
            start: start,
            end: end,
            worst: .unhealthy,
            reason: .timeout,
            isDrill: id % 2 == 0,
            wasInMaintenance: id % 3 == 0,
            roots: id % 5 == 0 ? [] : ["database", "a \"quoted\"\n\u{1}root"]
        )
    }

    /// Something of everything, about components that are named.
    static func batch(_ components: [String], minute: Int64 = minute, incident: Int64 = 1) -> HistoryBatch {
        var batch = HistoryBatch()
        for (index, name) in components.enumerated() {
            let check = CheckID(component: name, check: "http")
            batch.counts[.init(component: name, number: minute)] = SuccessCount(good: 3, bad: UInt32(index))
            batch.transitions.append(transition(name, at: time(minute, nanoseconds: 123_456_789)))
            batch.incidents.append(Self.incident(incident + Int64(index), name, start: time(minute)))
            batch.checks[check] = .init(status: .degraded, since: time(minute, nanoseconds: 1))
            batch.lastRuns[check] = time(minute, nanoseconds: 2)
            batch.heartbeats[check] = .init(
                registered: time(minute),
                lastReport: index == 0 ? nil : time(minute + 1),
                status: "ok",
                message: "done \(index)"
            )
            batch.drills[name] = RememberedState.Drill(
                status: .unhealthy,
                affectsReadiness: index == 0,
                reason: "exercise",
                by: "someone",
                start: time(minute),
                end: time(minute + 60)
            )
        }
        return batch
    }
}

extension StateFile {
    /// The counts of hours, as `component hour good bad`.
    func hours(since hour: Int64 = 0) throws -> [String] {
        var lines: [String] = []
        try forEachHour(since: hour) { lines.append("\($0) \($1) \($2.good) \($2.bad)") }
        return lines
    }

    func minutes(since minute: Int64 = 0) throws -> [String] {
        var lines: [String] = []
        try forEachMinute(since: minute) { lines.append("\($0) \($1) \($2.good) \($2.bad)") }
        return lines
    }

    /// What opening a file reports; nil when it can be opened.
    static func problem(opening path: String) -> StateFileProblem.Kind? {
        do throws(StateFileProblem) {
            _ = try StateFile(path: path)
            return nil
        } catch {
            return error.kind
        }
    }
}

/// What a closure throws; nil when it doesn't.
func kind(_ body: () throws(StateFileProblem) -> Void) -> StateFileProblem.Kind? {
    do throws(StateFileProblem) {
        try body()
        return nil
    } catch {
        return error.kind
    }
}
