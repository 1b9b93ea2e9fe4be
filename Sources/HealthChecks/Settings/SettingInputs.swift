package import HealthCore
import Platform

/// What decoding needs besides the text: paths, files and facts of the machine; a test or fuzzer gives its own.
package struct SettingInputs {
    /// The folder that relative paths count from.
    package var baseDirectory: String
    /// Where the files that a configuration names are read.
    package var files: SettingFiles
    /// Facts of the machine that decide whether a key can have an effect.
    package var machine: MachineFacts
    /// The rules of a time zone, by its name; nil for a name that is not known.
    package var timeZone: @Sendable (String) -> TimeZoneRules? = { $0 == TimeZoneRules.utc.name ? .utc : nil }
    /// Environment variables, by name, for keys that ask for them.
    package var environment: @Sendable (String) -> String? = { _ in nil }
    /// What keys may refer to.
    package var names: KnownNames
    /// The queues that the program has registered, in alphabetical order.
    package var queueNames: [String]

    /// Inputs of this machine, without queues and names, unless they are given; only UTC is a known time zone.
    package init(
        baseDirectory: String = ".",
        files: SettingFiles = SettingFiles(),
        machine: MachineFacts = .system,
        queueNames: [String] = [],
        names: KnownNames = KnownNames()
    ) {
        self.baseDirectory = baseDirectory
        self.files = files
        self.machine = machine
        self.queueNames = queueNames
        self.names = names
    }

    /// A path of the configuration as the file system knows it.
    package func resolve(path: String) -> String {
        path.hasPrefix("/") ? path : "\(baseDirectory)/\(path)"
    }
}

/// Facts of the machine that checks depend on, asked for only when a key needs them.
package struct MachineFacts: Sendable {
    /// Whether the kernel reports memory pressure (Documentation/accounting/psi.rst).
    package var reportsMemoryPressure: @Sendable () -> Bool
    /// Whether this process may send ICMP echo requests (icmp(7), ping_group_range).
    package var maySendPings: @Sendable () -> Bool

    /// Facts that tests give; ``system`` asks the machine.
    package init(
        reportsMemoryPressure: @escaping @Sendable () -> Bool,
        maySendPings: @escaping @Sendable () -> Bool
    ) {
        self.reportsMemoryPressure = reportsMemoryPressure
        self.maySendPings = maySendPings
    }

    /// Those of this machine.
    package static let system = MachineFacts(
        reportsMemoryPressure: { MemoryUsage.read()?.pressure != nil },
        maySendPings: { EchoExchange.refusal() == nil }
    )
}
