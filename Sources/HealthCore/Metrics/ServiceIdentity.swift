/// Who speaks: the names that every sample, log line and document carries.
package struct ServiceIdentity: Sendable, Equatable {
    package var name: String
    package var environment: String
    package var version: String
    package var instance: String
    /// False leaves the three labels to `target_info` alone.
    package var labelsEverySample: Bool

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

    package var identityLabels: [(name: String, value: String)] {
        [("environment", environment), ("version", version), ("instance", instance)]
    }
}
