import Platform

/// Everything of a state file as lines of JSON, one a row: `{"type":"hour","hour":"2026-12-01T22:00:00Z",…}`.
enum StateExport {
    /// The tables, in the order of the schema.
    static let tables = [
        "component", "success_minute", "success_hour", "transition", "incident", "check_state", "last_run", "heartbeat",
        "drill",
    ]

    /// What writes the lines: by names rather than ids, so that files with the same content have the same ones.
    static let queries = [
        period("minute", table: "success_minute", seconds: 60),
        period("hour", table: "success_hour", seconds: 3600),
        """
        SELECT json_object('type', 'transition', 'component', name, 'at', \(time("at_ns")), 'from', from_status,
            'to', to_status, 'reason', reason)
        FROM transition JOIN component ON component.id = transition.component ORDER BY transition.id
        """,
        """
        SELECT json_object('type', 'incident', 'id', incident.id, 'component', name, 'start', \(time("start_ns")),
            'end', \(time("end_ns")), 'worst', worst, 'reason', reason, 'drill', \(boolean("is_drill")),
            'maintenance', \(boolean("in_maintenance")),
            'roots', json(CASE WHEN json_valid(roots) THEN roots ELSE '[]' END))
        FROM incident JOIN component ON component.id = incident.component ORDER BY incident.id
        """,
        ofChecks("check_state", "'status', status, 'since', \(time("since_ns"))"),
        ofChecks("last_run", "'at', \(time("at_ns"))"),
        ofChecks(
            "heartbeat",
            """
            'registered', \(time("registered_ns")), 'last', \(time("last_ns")), 'status', status, 'message', message
            """
        ),
        """
        SELECT json_object('type', 'drill', 'component', name, 'status', status,
            'affects_readiness', \(boolean("affects_readiness")), 'reason', reason, 'by', requester,
            'start', \(time("start_ns")), 'end', \(time("end_ns")))
        FROM drill JOIN component ON component.id = drill.component ORDER BY name
        """,
    ]

    /// RFC 3339 with nanoseconds, so that nothing is lost; null for what is no time.
    private static func time(_ column: String) -> String {
        """
        strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000000000, 'unixepoch') || printf('.%09dZ', \(column) % 1000000000)
        """
    }

    private static func boolean(_ column: String) -> String {
        "json(CASE \(column) WHEN 0 THEN 'false' ELSE 'true' END)"
    }

    private static func period(_ column: String, table: String, seconds: Int) -> String {
        """
        SELECT json_object('type', '\(column)', '\(column)',
            strftime('%Y-%m-%dT%H:%M:%SZ', \(column) * \(seconds), 'unixepoch'),
            'component', name, 'good', good, 'bad', bad)
        FROM \(table) CROSS JOIN component ON component.id = \(table).component ORDER BY \(column), name
        """
    }

    private static func ofChecks(_ table: String, _ members: String) -> String {
        """
        SELECT json_object('type', '\(table)', 'component', name, 'check', check_name, \(members))
        FROM \(table) JOIN component ON component.id = \(table).component ORDER BY name, check_name
        """
    }
}

extension StateFile {
    /// Everything of a file as lines of JSON without line breaks, as of one moment; an exporter may be writing it meanwhile.
    package static func export(path: String, _ line: (String) -> Void) throws(StateFileProblem) {
        let connection = try StateFileReading.open(path)
        try connection.execute("BEGIN")
        let version = try connection.integer("PRAGMA user_version") ?? 0
        line(#"{"type":"state","version":\#(version)}"#)
        for query in StateExport.queries {
            try connection.statement(query).eachRow { row in
                if let text = row.text(0) { line(text) }
            }
        }
        try connection.execute("COMMIT")
    }

    /// Copies a file as of one moment to another path, where none is yet; an exporter may be writing it meanwhile.
    package static func backup(path: String, to target: String) throws(StateFileProblem) {
        let connection = try StateFileReading.open(path)
        let copy = try StateFilePath(target)
        // SQLite would let everybody read it.
        let descriptor = unsafe open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0, errno == EEXIST {
            throw StateFileProblem(
                kind: .unavailable,
                message: "\(target): exists already; give a path where nothing is"
            )
        }
        guard descriptor >= 0 else { throw SystemError.problem(errno, writing: target) }
        defer { Platform.close(descriptor) }
        do throws(StateFileProblem) {
            try connection.run("VACUUM INTO ?", [.text(copy.forSQLite)])
            // SQLite leaves that to us for a copy.
            guard fsync(descriptor) == 0 else { throw SystemError.problem(errno, writing: target) }
        } catch {
            _ = unsafe unlink(target)
            throw error
        }
    }
}
