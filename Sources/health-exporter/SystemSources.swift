public import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter
public import Logging
import NIOCore
import NIOPosix
import Platform

/// The machine's own clocks, threads and environment: the one place of the command line that names them.
enum SystemSources {
    /// The machine's clocks.
    static func timeline() -> Timeline<SystemClock> { SystemTime.timeline() }

    /// The event loops of this process.
    static var group: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    /// What loading a configuration needs of the machine.
    static func sources(_ timeline: Timeline<SystemClock>) -> ConfigurationSources {
        ConfigurationSources(environment: variable, group: group, time: timeline)
    }

    /// An environment variable of the process; those that libpq would read by itself are no longer in its environment.
    static func variable(_ name: String) -> String? {
        let kept = PostgresEnvironment.removed
        return unsafe getenv(name).map { unsafe String(cString: $0) } ?? kept[name]
    }

    /// The configuration of a file, or the embedded default; nil after its errors were printed.
    static func configuration(file: String?, _ timeline: Timeline<SystemClock>) -> ExporterConfiguration? {
        do throws(ConfigurationError) {
            return try ConfigurationOrigin(file: file).load(from: sources(timeline))
        } catch {
            Output.write(error.description + "\n", to: 2)
            return nil
        }
    }
}

extension ListenAddress: ExpressibleByArgument {
    /// `host:port`.
    public init?(argument: String) {
        self.init(argument)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension LogSettings.Format: ExpressibleByArgument {}
