/// The names of the service that every sample, log line and document carries.
package struct ServiceIdentity: Sendable, Equatable {
    /// `service.name` of the configuration.
    package var name: String
    /// `service.environment`.
    package var environment: String
    /// `service.version`.
    package var version: String
    /// `service.instance`.
    package var instance: String
    /// False leaves the three labels to `target_info` alone.
    package var labelsEverySample: Bool

    /// An identity.
    package init(
        name: String,
        environment: String,
        version: String,
        instance: String,
        labelsEverySample: Bool = true
    ) {
        self.name = name
        self.environment = environment
        self.version = version
        self.instance = instance
        self.labelsEverySample = labelsEverySample
    }

    /// Labels as they stand between the braces of a sample, the three of this identity last.
    package func labels(_ own: [(name: String, value: String)] = []) -> [UInt8] {
        LabelText.encode(own + (labelsEverySample ? identityLabels : []))
    }

    /// `environment`, `version` and `instance`.
    package var identityLabels: [(name: String, value: String)] {
        [("environment", environment), ("version", version), ("instance", instance)]
    }
}
