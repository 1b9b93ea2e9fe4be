import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The machine's own clocks, threads and environment: the one place of the command line that names them.
enum SystemSources {
    static func timeline() -> Timeline<ContinuousClock> { SystemTime.timeline() }

    static var group: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    static func sources(_ timeline: Timeline<ContinuousClock>) -> ConfigurationSources {
        ConfigurationSources(environment: variable, group: group, time: timeline)
    }

    /// An environment variable; those that libpq would read by itself are kept from it.
    static func variable(_ name: String) -> String? {
        let kept = PostgresEnvironment.taken
        return unsafe getenv(name).map { unsafe String(cString: $0) } ?? kept[name]
    }

    /// The configuration of a file, or the embedded default; nil after its errors were printed.
    static func configuration(file: String?, _ timeline: Timeline<ContinuousClock>) -> ExporterConfiguration? {
        do throws(ConfigurationError) {
            return try load(file: file, timeline)
        } catch {
            Output.write(error.description + "\n", to: 2)
            return nil
        }
    }

    /// The configuration of a file, or the embedded default, in place of another one.
    static func load(
        file: String?,
        _ timeline: Timeline<ContinuousClock>,
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        let loader = ConfigurationLoader(sources: sources(timeline))
        if let file { return try loader.load(file: file, replacing: old) }
        let text = Array(EmbeddedConfiguration.text.utf8)
        return try loader.load(text, file: EmbeddedConfiguration.name, baseDirectory: ".", replacing: old)
    }
}

extension ExporterConfiguration.Address: ExpressibleByArgument {
    /// `host:port`.
    public init?(argument: String) {
        self.init(argument)
    }
}

extension LogLevel: ExpressibleByArgument {}
extension ExporterConfiguration.LogFormat: ExpressibleByArgument {}
