import HealthCore

/// What this program was built from.
package enum Build {
    /// The exporter's own version (semantic versioning).
    package static let version = "0.1.0"

    /// The compiler's version, as far as the language tells it at compile time.
    package static let swiftVersion: String = {
        #if swift(>=6.4)
        "6.4 or later"
        #elseif swift(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }()
}

/// What metrics tell about the build.
struct BuildFacts: Sendable {
    /// The exporter's own version (semantic versioning).
    var exporterVersion = Build.version
    /// The version of the Swift compiler, such as `6.2`.
    var swiftVersion = Build.swiftVersion
    /// The source revision; `unknown` when the environment does not give it.
    var revision: String

    /// - Parameter revision: the source revision, `HEALTH_EXPORTER_REVISION` of the environment in which an image is run; `unknown` when nil or empty.
    init(revision: String?) {
        self.revision = revision.flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
    }

    /// `health_exporter_build_info`: one sample of value 1, with the facts as its labels.
    static let families: [MetricFamily<BuildFacts>] = [
        MetricFamily(
            "health_exporter_build_info",
            type: .info,
            labels: ["exporter_version", "swift_version", "revision"],
            from: .lean,
            help: "What this exporter was built from."
        ) { facts, writer in
            let labels = [
                ("exporter_version", facts.exporterVersion), ("swift_version", facts.swiftVersion),
                ("revision", facts.revision),
            ]
            writer.sample(1, extra: LabelText.encode(labels))
        }
    ]
}
