/// A number that a kind of check observes; each is a metric family of its own.
public struct Measurement: Hashable, Sendable {
    /// The metric's name with its unit, such as `health_disk_free_bytes`.
    public let name: String
    /// One sentence for `# HELP`.
    public let help: String

    /// A measurement with its metric name and help text.
    public init(name: String, help: String) {
        self.name = name
        self.help = help
    }
}

/// A value of a measurement, as one run observed it.
public struct MeasuredValue: Sendable, Equatable {
    /// What was measured.
    public let measurement: Measurement
    /// In the unit that the measurement's name ends with.
    public let value: Double

    /// A measured value.
    public init(_ measurement: Measurement, _ value: Double) {
        self.measurement = measurement
        self.value = value
    }
}
