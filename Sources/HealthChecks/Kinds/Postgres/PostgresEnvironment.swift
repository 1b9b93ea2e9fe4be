import Platform

/// The variables of the environment that libpq reads whatever parameters it is given (libpq-envars).
package enum PostgresEnvironment {
    /// A service whose definition must be found, and three settings that go to the server with each login.
    package static let variables = ["PGSERVICE", "PGDATESTYLE", "PGTZ", "PGGEQO"]

    /// Their values, removed from the environment of the process at the first use of this property.
    ///
    /// Only for a program that has the process to itself, before it runs checks.
    package static let removed: [String: String] = {
        var values: [String: String] = [:]
        for name in variables {
            values[name] = unsafe getenv(name).map { unsafe String(cString: $0) }
            unsafe unsetenv(name)
        }
        return values
    }()
}
