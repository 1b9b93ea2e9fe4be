/// What `# HELP` and `# TYPE` say about a metric family, and the labels that its samples carry.
package struct MetricDeclaration: Sendable, Hashable {
    /// How the samples of a family are to be read.
    package enum MetricType: String, Sendable {
        case counter, gauge, histogram
        /// Facts as labels, value 1; a gauge in text 0.0.4, which has no such type.
        case info
    }

    /// The name that samples carry, `_total` and `_info` included.
    package let name: String
    /// For `# TYPE`.
    package let type: MetricType
    /// The names of the labels, in the order of the samples; those of the service (``ServiceIdentity``) left out.
    package let labels: [String]
    /// The smallest profile that has the family.
    package let profile: MetricProfile
    /// One sentence for `# HELP`.
    package let help: String

    /// A declaration.
    package init(
        _ name: String,
        type: MetricType,
        labels: [String] = [],
        from profile: MetricProfile = .standard,
        help: String
    ) {
        self.name = name
        self.type = type
        self.labels = labels
        self.profile = profile
        self.help = help
    }
}

/// A metric family: its declaration and the samples that it makes of a source, in one place.
package struct MetricFamily<Source: Sendable>: Sendable {
    /// What a page says about the family.
    package let declaration: MetricDeclaration
    /// What the samples follow from.
    let origin: SampleOrigin
    /// Writes the samples.
    let samples: @Sendable (Source, SampleWriter) -> Void

    /// A family with any number of samples.
    ///
    /// - Parameter samples: writes the samples; called at most once a page and block.
    package init(
        _ declaration: MetricDeclaration,
        origin: SampleOrigin = .moment,
        samples: @escaping @Sendable (Source, SampleWriter) -> Void
    ) {
        self.declaration = declaration
        self.origin = origin
        self.samples = samples
    }

    /// A family with any number of samples.
    package init(
        _ name: String,
        type: MetricDeclaration.MetricType,
        labels: [String] = [],
        from profile: MetricProfile = .standard,
        help: String,
        samples: @escaping @Sendable (Source, SampleWriter) -> Void
    ) {
        let declaration = MetricDeclaration(name, type: type, labels: labels, from: profile, help: help)
        self.init(declaration, samples: samples)
    }

    /// A family with one sample that has no labels of its own; none when the value is nil.
    package init(
        _ name: String,
        type: MetricDeclaration.MetricType = .gauge,
        from profile: MetricProfile = .standard,
        help: String,
        value: @escaping @Sendable (Source) -> Double?
    ) {
        self.init(name, type: type, from: profile, help: help) { source, writer in
            if let value = value(source) { writer.sample(value) }
        }
    }
}
