package import HealthCore

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

    /// The source revision: `HEALTH_EXPORTER_REVISION` of the environment in which an image is run, else unknown.
    package static func facts(revision: String?) -> ExporterFacts.Build {
        .init(
            exporterVersion: version,
            swiftVersion: swiftVersion,
            revision: revision.flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
        )
    }
}
