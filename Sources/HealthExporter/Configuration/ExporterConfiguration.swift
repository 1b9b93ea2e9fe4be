package import HealthChecks
package import HealthCore

/// Everything that a configuration file says, checked and complete.
package struct ExporterConfiguration: Sendable {
    /// A listener's address.
    package struct Address: Sendable, Equatable, CustomStringConvertible {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// `host:port`, with brackets around IPv6.
        package var description: String {
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// Who may read what is not for everybody.
    package enum Audience: String, CaseIterable, Sendable {
        /// Whoever may open the admin socket.
        case admin
        /// Those, and whoever connects from the same machine without a proxy.
        case loopback
        case always, never
    }

    /// Where the socket for administrators is.
    package enum AdminSocket: Sendable, Equatable {
        /// `health-exporter.sock` in the directory for such files.
        case automatic
        case off
        case path(String)
    }

    /// How log lines look.
    package enum LogFormat: String, CaseIterable, Sendable {
        case json, text
    }

    /// The limits of everything that can grow.
    package struct Limits: Sendable, Equatable {
        package var stall = Duration.seconds(30)
        package var runsInFlight = 10_000
        package var checks = 10_000
        package var series = 1_000_000
        package var blockingThreads = 32

        package init() {}
    }

    package var identity: ServiceIdentity
    package var listen = Address(host: "0.0.0.0", port: 8642)
    package var probeListen = Address(host: "0.0.0.0", port: 8643)
    package var adminSocket = AdminSocket.automatic
    package var details = Audience.loopback
    package var lifecycle = Audience.admin
    package var hostNames: [String] = []
    package var unknownPolicy = UnknownPolicy.notReady
    package var drain = Duration.seconds(5)
    package var grace = Duration.seconds(20)
    package var logLevel = LogLevel.info
    package var logFormat = LogFormat.json
    package var showsPhases = true
    package var limits = Limits()
    package var allowedNetworks: [IPNetwork] = []
    package var registry = CheckRegistry()
    /// What each check was made from, to tell whether a later configuration says the same.
    package var meanings: [CheckID: String] = [:]
    /// What is valid in a component and has no effect or is hardly meant so, by its name: seen only while the file is read.
    package var warnings: [String: [String]] = [:]
    /// The files it was read from, in order.
    package var files: [SourceFile] = []
    /// What its checks share; a later configuration shares it too.
    package var resources: CheckResources?

    package init(identity: ServiceIdentity) {
        self.identity = identity
    }
}

/// Levels of log lines, from the most to the least talkative; the names of swift-log.
package enum LogLevel: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical
}

/// Everything that is wrong with a configuration, at once.
package struct ConfigurationError: Error, CustomStringConvertible {
    package let file: String
    package let problems: [SettingProblem]
    /// What was read, as it was just before: a change of one of them may mend it.
    package let files: [SourceFile]

    package init(file: String, problems: [SettingProblem], files: [SourceFile] = []) {
        self.file = file
        self.problems = problems
        self.files = files
    }

    /// One line a problem.
    package var description: String {
        problems.map { $0.description(file: file) }.joined(separator: "\n")
    }
}
