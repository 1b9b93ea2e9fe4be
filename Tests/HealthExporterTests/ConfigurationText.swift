import HealthChecks
import HealthCore
import HealthExporter
import HealthTesting
import NIOPosix

/// Loads configurations from texts, with the environment that a test gives.
enum ConfigurationText {
    static func load(
        _ text: String,
        environment: [String: String] = [:],
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        try load(Array(text.utf8), environment: environment, replacing: old)
    }

    static func load(
        _ bytes: [UInt8],
        environment: [String: String] = [:],
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        let sources = ConfigurationSources(
            environment: { environment[$0] },
            group: MultiThreadedEventLoopGroup.singleton,
            time: ManualTime()
        )
        return try ConfigurationLoader(sources: sources)
            .load(bytes, file: "test.yaml", baseDirectory: "/tmp", replacing: old)
    }

    /// The problems of a text that is wrong.
    static func problems(
        _ text: String,
        environment: [String: String] = [:],
        replacing old: ExporterConfiguration? = nil
    ) -> [String] {
        do {
            _ = try load(text, environment: environment, replacing: old)
            return []
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    /// A file whose only check is a TCP check with more keys.
    static func check(_ keys: String) -> String {
        "components:\n  c:\n    checks:\n      t: {kind: tcp, address: \"h:1\"\(keys.isEmpty ? "" : ", " + keys)}\n"
    }
}
