import HealthCore

/// Reads what a file remembers.
///
/// A row that can't be what the exporter wrote is left out: of another type, out of range, or with a text that only a later
/// version knows.
struct StateReader {
    /// A part of the rows of minutes or hours.
    struct Chunk {
        /// In the order of time and component.
        var rows: [(component: String, number: Int64, count: SuccessCount)] = []
        /// The last row that was read; nil when there are no more.
        var last: StatePeriod?
    }

    /// As many transitions of a component are read, the last ones.
    private static let transitions: Int64 = 20
    /// As many rows of minutes or hours are read at once.
    private static let chunk: Int64 = 8192

    private let connection: SQLiteConnection

    /// Reads by a connection.
    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    /// The names of components by their ids.
    func names() throws(StateFileProblem) -> [Int64: String] {
        var names: [Int64: String] = [:]
        try connection.statement("SELECT id, name FROM component").eachRow { row in
            if let id = row.integer(0), let name = row.text(1) { names[id] = name }
        }
        return names
    }

    /// Everything but counts, as of one moment.
    func load(now: Timestamp) throws(StateFileProblem) -> RememberedState {
        var state = RememberedState()
        try connection.execute("BEGIN")
        do throws(StateFileProblem) {
            try read(into: &state, now: now)
            try connection.execute("COMMIT")
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
        return state
    }

    private func read(into state: inout RememberedState, now: Timestamp) throws(StateFileProblem) {
        let names = try names()
        for (id, name) in names {
            let transitions = try transitions(of: id)
            if !transitions.isEmpty { state.transitions[name] = transitions }
        }
        state.checks = try values("SELECT component, check_name, status, since_ns FROM check_state", names: names) {
            row in
            guard let status = status(row, 2), let since = timestamp(row, 3) else { return nil }
            return RememberedState.Check(status: status, since: since)
        }
        state.lastRuns = try values("SELECT component, check_name, at_ns FROM last_run", names: names) {
            timestamp($0, 2)
        }
        let heartbeats = "SELECT component, check_name, registered_ns, last_ns, status, message FROM heartbeat"
        state.heartbeats = try values(heartbeats, names: names) { row in
            guard let registered = timestamp(row, 2), let status = row.text(4), let message = row.text(5) else {
                return nil
            }
            return RememberedState.Heartbeat(
                registered: registered,
                lastReport: timestamp(row, 3),
                status: status,
                message: message
            )
        }
        state.drills = try drills(names)
        state.incidents = try incidents(names)
    }

    private func status(_ row: SQLiteStatement, _ column: Int32) -> HealthStatus? {
        row.text(column).flatMap(HealthStatus.init(rawValue:))
    }

    private func reason(_ row: SQLiteStatement, _ column: Int32) -> FailureReason? {
        row.text(column).flatMap(FailureReason.init(rawValue:))
    }

    private func timestamp(_ row: SQLiteStatement, _ column: Int32) -> Timestamp? {
        row.integer(column).map(Timestamp.init(nanosecondsSinceEpoch:))
    }

    private func transitions(of component: Int64) throws(StateFileProblem) -> [Transition] {
        var transitions: [Transition] = []
        let sql = """
            SELECT at_ns, from_status, to_status, reason FROM transition WHERE component = ? ORDER BY id DESC LIMIT ?
            """
        try connection.statement(sql).eachRow([.integer(component), .integer(Self.transitions)]) { row in
            guard let timestamp = timestamp(row, 0), let from = status(row, 1), let to = status(row, 2) else { return }
            transitions.append(Transition(timestamp: timestamp, from: from, to: to, reason: reason(row, 3)))
        }
        return transitions.reversed()
    }

    /// Values by check: the first two columns are the component and the check's name.
    private func values<Value>(
        _ sql: String,
        names: [Int64: String],
        _ value: (SQLiteStatement) -> Value?
    ) throws(StateFileProblem) -> [CheckID: Value] {
        var values: [CheckID: Value] = [:]
        try connection.statement(sql).eachRow { row in
            guard let component = row.integer(0).flatMap({ names[$0] }), let check = row.text(1) else { return }
            values[CheckID(component: component, check: check)] = value(row)
        }
        return values
    }

    private func drills(_ names: [Int64: String]) throws(StateFileProblem) -> [String: RememberedState.Drill] {
        var drills: [String: RememberedState.Drill] = [:]
        let sql = "SELECT component, status, affects_readiness, reason, requester, start_ns, end_ns FROM drill"
        try connection.statement(sql).eachRow { row in
            guard let component = row.integer(0).flatMap({ names[$0] }), let status = status(row, 1),
                status == .degraded || status == .unhealthy, let reason = row.text(3), let requester = row.text(4),
                let start = timestamp(row, 5), let end = timestamp(row, 6)
            else { return }
            drills[component] = RememberedState.Drill(
                status: status,
                affectsReadiness: row.integer(2) == 1,
                reason: reason,
                by: requester,
                start: start,
                end: end
            )
        }
        return drills
    }

    /// Those that go on, and the last ones that have ended; by id, ascending.
    private func incidents(_ names: [Int64: String]) throws(StateFileProblem) -> [Incident] {
        var incidents: [(incident: Incident, roots: String?)] = []
        for condition in ["end_ns IS NULL", "end_ns IS NOT NULL"] {
            let sql = """
                SELECT id, component, start_ns, end_ns, worst, reason, is_drill, in_maintenance, roots FROM incident
                WHERE \(condition) ORDER BY id DESC LIMIT ?
                """
            let limit = Int64(IncidentLog.maximum - incidents.count)
            try connection.statement(sql).eachRow([.integer(limit)]) { row in
                if let incident = incident(row, names) { incidents.append((incident, row.text(8))) }
            }
        }
        var result: [Incident] = []
        for (incident, roots) in incidents.sorted(by: { $0.incident.id < $1.incident.id }) {
            var incident = incident
            if let roots { incident.roots = try texts(ofArray: roots) }
            result.append(incident)
        }
        return result
    }

    private func incident(_ row: SQLiteStatement, _ names: [Int64: String]) -> Incident? {
        // Ids ascend by one: with a larger one there would be none left for the next.
        guard let id = row.integer(0), (1...(.max / 2)).contains(id),
            let component = row.integer(1).flatMap({ names[$0] }),
            let start = timestamp(row, 2), let worst = status(row, 4)
        else { return nil }
        return Incident(
            id: id,
            component: component,
            start: start,
            end: timestamp(row, 3).map { max(start, $0) },
            worst: worst,
            reason: reason(row, 5),
            isDrill: row.integer(6) == 1,
            wasInMaintenance: row.integer(7) == 1
        )
    }

    private func texts(ofArray json: String) throws(StateFileProblem) -> [String] {
        var texts: [String] = []
        let sql = "SELECT value FROM json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '[]' END)"
        try connection.statement(sql).eachRow([.text(json)]) { row in
            if let text = row.text(0) { texts.append(text) }
        }
        return texts
    }

    /// The rows of a table that follow one, but not all at once: nobody is to wait for a file of a gigabyte.
    func chunk(
        of table: StatePeriodTable,
        after last: StatePeriod,
        names: [Int64: String]
    ) throws(StateFileProblem) -> Chunk {
        var (chunk, count) = (Chunk(), 0)
        try connection.statement(table.following).eachRow(
            [.integer(last.number), .integer(last.component), .integer(table.range.upperBound), .integer(Self.chunk)]
        ) { row in
            count += 1
            guard let number = row.integer(0), let id = row.integer(1) else { return }
            chunk.last = StatePeriod(number: number, component: id)
            guard let name = names[id], let good = row.integer(2), let bad = row.integer(3) else { return }
            let success = SuccessCount(good: UInt32(clamping: good), bad: UInt32(clamping: bad))
            if success != SuccessCount() { chunk.rows.append((name, number, success)) }
        }
        // In a damaged file rows may be in another order: going back would never end.
        if count < Self.chunk || chunk.last.map({ $0 <= last }) ?? true { chunk.last = nil }
        return chunk
    }
}
