import HealthCore

/// Writes batches.
final class StateWriter {
    private struct Component {
        let id: Int64
        var seen: Int64
    }

    private let connection: SQLiteConnection
    /// What is known of components, so that a name is looked up once.
    private var components: [String: Component] = [:]

    /// Writes by a connection.
    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    /// Names may have been dropped.
    func forgetComponents() {
        components = [:]
    }

    /// Writes a batch, or nothing of it.
    func write(_ batch: HistoryBatch) throws(StateFileProblem) {
        do throws(StateFileProblem) {
            try connection.transaction { () throws(StateFileProblem) in try writeRows(of: batch) }
        } catch {
            // The ids of new components were rolled back.
            forgetComponents()
            throw error
        }
    }

    private func writeRows(of batch: HistoryBatch) throws(StateFileProblem) {
        for (name, day) in Self.days(of: batch).sorted(by: { $0.key < $1.key }) { try see(name, on: day) }
        for id in batch.forgotten {
            for table in ["check_state", "last_run", "heartbeat"] {
                try connection.run(
                    "DELETE FROM \(table) WHERE component = (SELECT id FROM component WHERE name = ?) AND check_name = ?",
                    [.text(id.component), .text(id.check)]
                )
            }
        }
        try write(batch.counts)
        for item in batch.transitions { try write(item.transition, of: item.component) }
        for incident in batch.incidents { try write(incident) }
        for (id, check) in batch.checks {
            try connection.run(
                "INSERT OR REPLACE INTO check_state VALUES(?, ?, ?, ?)",
                [component(id.component), .text(id.check), .text(check.status.rawValue), nanoseconds(check.since)]
            )
        }
        for (id, timestamp) in batch.lastRuns {
            try connection.run(
                "INSERT OR REPLACE INTO last_run VALUES(?, ?, ?)",
                [component(id.component), .text(id.check), nanoseconds(timestamp)]
            )
        }
        for (id, heartbeat) in batch.heartbeats { try write(heartbeat, of: id) }
        for (name, drill) in batch.drills { try write(drill, of: name) }
    }

    /// Each component of a batch, with the last day that something happened to it.
    private static func days(of batch: HistoryBatch) -> [String: Int64] {
        var days: [String: Int64] = [:]
        func add(_ component: String, _ day: Int64) { days[component] = max(days[component] ?? day, day) }
        for minute in batch.counts.keys { add(minute.component, floorDivide(minute.number, 1440).quotient) }
        for item in batch.transitions { add(item.component, StateTime.day(of: item.transition.timestamp)) }
        for incident in batch.incidents { add(incident.component, StateTime.day(of: incident.end ?? incident.start)) }
        for (id, check) in batch.checks { add(id.component, StateTime.day(of: check.since)) }
        for (id, timestamp) in batch.lastRuns { add(id.component, StateTime.day(of: timestamp)) }
        for (id, heartbeat) in batch.heartbeats {
            add(id.component, StateTime.day(of: heartbeat.lastReport ?? heartbeat.registered))
        }
        for (component, drill) in batch.drills {
            // Who ends a drill says nothing of when; the component is known since the drill began.
            add(component, drill.map { StateTime.day(of: $0.start) } ?? .min)
        }
        return days
    }

    /// Makes a component known, and remembers the last day of it: the last one written, as a clock may have been set back.
    private func see(_ name: String, on day: Int64) throws(StateFileProblem) {
        var known = components[name]
        if known == nil { known = try find(name) }
        guard let known else {
            try connection.run("INSERT INTO component(name, seen) VALUES(?, ?)", [.text(name), .integer(day)])
            guard let id = try connection.integer("SELECT last_insert_rowid()") else { return }
            components[name] = Component(id: id, seen: day)
            return
        }
        components[name] = known
        guard day != known.seen, day != .min else { return }
        try connection.run("UPDATE component SET seen = ? WHERE id = ?", [.integer(day), .integer(known.id)])
        components[name] = Component(id: known.id, seen: day)
    }

    private func find(_ name: String) throws(StateFileProblem) -> Component? {
        try connection.statement("SELECT id, seen FROM component WHERE name = ?").first([.text(name)]) { row in
            row.integer(0).map { Component(id: $0, seen: row.integer(1) ?? 0) }
        }
    }

    private func component(_ name: String) -> SQLiteValue { SQLiteValue(components[name]?.id) }

    private func nanoseconds(_ timestamp: Timestamp?) -> SQLiteValue {
        SQLiteValue(timestamp?.nanosecondsSinceEpoch)
    }

    // Both tables are keyed by the time and then the component: in that order neighbours lie on the same page.
    private func write(_ counts: [HistoryBatch.Minute: SuccessCount]) throws(StateFileProblem) {
        var hours: [StatePeriod: SuccessCount] = [:]
        var minutes: [(period: StatePeriod, count: SuccessCount)] = []
        for (minute, count) in counts {
            guard let id = components[minute.component]?.id else { continue }
            minutes.append((StatePeriod(number: minute.number, component: id), count))
            let hour = StatePeriod(number: floorDivide(minute.number, 60).quotient, component: id)
            hours[hour, default: SuccessCount()] += count
        }
        try add(minutes.sorted { $0.period < $1.period }, to: .minutes)
        try add(hours.map { (period: $0.key, count: $0.value) }.sorted { $0.period < $1.period }, to: .hours)
    }

    private func add(
        _ counts: [(period: StatePeriod, count: SuccessCount)],
        to table: StatePeriodTable
    ) throws(StateFileProblem) {
        // A sum that is too large for the type that reads it stays at the largest one.
        let statement = try connection.statement(
            """
            INSERT INTO \(table.rawValue) VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                good = min(max(good, 0) + excluded.good, 4294967295), bad = min(max(bad, 0) + excluded.bad, 4294967295)
            """
        )
        for (period, count) in counts {
            try statement.run([
                .integer(period.number), .integer(period.component), .integer(Int64(count.good)),
                .integer(Int64(count.bad)),
            ])
        }
    }

    private func write(_ transition: Transition, of name: String) throws(StateFileProblem) {
        try connection.run(
            "INSERT INTO transition VALUES(NULL, ?, ?, ?, ?, ?)",
            [
                component(name), nanoseconds(transition.timestamp), .text(transition.from.rawValue),
                .text(transition.to.rawValue), SQLiteValue(transition.reason?.rawValue),
            ]
        )
    }

    private func write(_ incident: Incident) throws(StateFileProblem) {
        try connection.run(
            "INSERT OR REPLACE INTO incident VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                .integer(incident.id), component(incident.component), nanoseconds(incident.start),
                nanoseconds(incident.end), .text(incident.worst.rawValue), SQLiteValue(incident.reason?.rawValue),
                SQLiteValue(incident.isDrill), SQLiteValue(incident.wasInMaintenance),
                incident.roots.isEmpty ? .null : .text(JSONText.array(incident.roots)),
            ]
        )
    }

    private func write(_ heartbeat: RememberedState.Heartbeat, of id: CheckID) throws(StateFileProblem) {
        try connection.run(
            "INSERT OR REPLACE INTO heartbeat VALUES(?, ?, ?, ?, ?, ?)",
            [
                component(id.component), .text(id.check), nanoseconds(heartbeat.registered),
                nanoseconds(heartbeat.lastReport), .text(heartbeat.status), .text(heartbeat.message),
            ]
        )
    }

    private func write(_ drill: RememberedState.Drill?, of name: String) throws(StateFileProblem) {
        guard let drill else { return try connection.run("DELETE FROM drill WHERE component = ?", [component(name)]) }
        try connection.run(
            "INSERT OR REPLACE INTO drill VALUES(?, ?, ?, ?, ?, ?, ?)",
            [
                component(name), .text(drill.status.rawValue), SQLiteValue(drill.affectsReadiness), .text(drill.reason),
                .text(drill.by), nanoseconds(drill.start), nanoseconds(drill.end),
            ]
        )
    }
}
