@testable import HealthChecks

extension PostgresSettings {
    /// The settings of a check with these keys, and the defaults of the others.
    static func example(
        url: String = "postgres://u@h/d",
        password: String? = nil,
        connections: ThresholdPair<Double>? = nil,
        lag: ThresholdPair<Duration>? = nil,
        expected: String? = nil
    ) throws -> PostgresSettings {
        var settings = PostgresSettings()
        settings.server = try PostgresTarget(url)
        settings.password = password
        settings.connectionsUsed = connections
        settings.replicationLag = lag
        settings.migration = expected.map { Migration(table: "t", column: "c", expected: $0) }
        return settings
    }
}

extension PostgresRow: ExpressibleByArrayLiteral {
    /// A row with these values.
    public init(arrayLiteral values: String?...) {
        self.init(values)
    }
}
