/// The tables of a state file, as the steps that lead to them.
package struct StateSchema: Sendable {
    /// Marks a SQLite file as ours, at offset 68 of it: "HXST".
    package static let applicationID: Int64 = 0x4858_5354

    /// A step leads from the version that is its index to the next one; each is done in a transaction of its own.
    package let steps: [String]

    /// A schema with these steps.
    package init(steps: [String]) {
        self.steps = steps
    }

    /// The version that all steps lead to.
    package var version: Int64 { Int64(steps.count) }

    /// The schema of this program: a later version is one more step, and a step that was released never changes.
    package static let current = StateSchema(steps: [creation])

    /// From nothing to version 1; names of components are stored once, so that a row of an hour has 15 bytes.
    ///
    /// - `seen` is the day of the last write about a component; ids are never given twice, so that a row that was left over
    ///   can't become one of another component.
    /// - An index on a column has the row's id behind it: it finds the last rows of a component without a scan.
    private static let creation = """
        PRAGMA application_id = \(applicationID);
        CREATE TABLE component(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE success_minute(
            minute INTEGER NOT NULL, component INTEGER NOT NULL, good INTEGER NOT NULL, bad INTEGER NOT NULL,
            PRIMARY KEY(minute, component)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE success_hour(
            hour INTEGER NOT NULL, component INTEGER NOT NULL, good INTEGER NOT NULL, bad INTEGER NOT NULL,
            PRIMARY KEY(hour, component)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE transition(
            id INTEGER PRIMARY KEY, component INTEGER NOT NULL, at_ns INTEGER NOT NULL,
            from_status TEXT NOT NULL, to_status TEXT NOT NULL, reason TEXT
        ) STRICT;
        CREATE INDEX transition_component ON transition(component);
        CREATE TABLE incident(
            id INTEGER PRIMARY KEY, component INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER,
            worst TEXT NOT NULL, reason TEXT, is_drill INTEGER NOT NULL, in_maintenance INTEGER NOT NULL, roots TEXT
        ) STRICT;
        CREATE INDEX incident_component ON incident(component);
        CREATE INDEX incident_open ON incident(id) WHERE end_ns IS NULL;
        CREATE TABLE check_state(
            component INTEGER NOT NULL, check_name TEXT NOT NULL, status TEXT NOT NULL, since_ns INTEGER NOT NULL,
            PRIMARY KEY(component, check_name)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE last_run(
            component INTEGER NOT NULL, check_name TEXT NOT NULL, at_ns INTEGER NOT NULL,
            PRIMARY KEY(component, check_name)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE heartbeat(
            component INTEGER NOT NULL, check_name TEXT NOT NULL, registered_ns INTEGER NOT NULL, last_ns INTEGER,
            status TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY(component, check_name)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE drill(
            component INTEGER PRIMARY KEY, status TEXT NOT NULL, affects_readiness INTEGER NOT NULL, reason TEXT NOT NULL,
            requester TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL
        ) STRICT;
        """
}
