/// A set of capabilities (capabilities(7)), a bit for each.
package struct Capabilities: OptionSet, Sendable {
    /// A bit for each capability, by its number in `linux/capability.h`.
    package let rawValue: UInt64

    /// The capabilities of these bits.
    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// CAP_DAC_OVERRIDE: read, write and execute any file.
    package static let overrideFileModes = Capabilities(rawValue: 1 << 1)
    /// CAP_DAC_READ_SEARCH: read any file and search any folder.
    package static let readFiles = Capabilities(rawValue: 1 << 2)
    /// CAP_KILL: send signals to processes of other users.
    package static let signalOthers = Capabilities(rawValue: 1 << 5)
    /// CAP_SETPCAP: take capabilities out of the bounding set.
    package static let reduceBounding = Capabilities(rawValue: 1 << 8)
    /// CAP_NET_BIND_SERVICE: listen on ports below 1024.
    package static let bindLowPorts = Capabilities(rawValue: 1 << 10)
}

/// The sets of capabilities of a thread (capabilities(7), "Thread capability sets").
package struct CapabilitySets: Equatable, Sendable {
    /// What counts now.
    package var effective: Capabilities = []
    /// What may become effective.
    package var permitted: Capabilities = []
    /// What a program with file capabilities may inherit.
    package var inheritable: Capabilities = []
    /// What every program inherits.
    package var ambient: Capabilities = []
    /// What no program can exceed.
    package var bounding: Capabilities = []

    /// No capability at all.
    package init() {}

    /// What an exporter with these sets needs of them, and what it leaves to the commands that it starts.
    ///
    /// Checks read files, which are those of others when the exporter runs as root or was given the capability, and a listener may have
    /// a port below 1024. Pings need none (icmp(7)). Root's commands may read the same files. The bounding set stays as it is without
    /// CAP_SETPCAP.
    ///
    /// - Parameters:
    ///   - isRoot: whether the effective user is root.
    ///   - commandsArePrivileged: whether commands keep what they would have had, by being root's, setuid, or by ambient capabilities.
    package func reduced(isRoot: Bool, commandsArePrivileged: Bool) -> CapabilitySets {
        let readsFiles: Capabilities = permitted.contains(.readFiles) ? .readFiles : .overrideFileModes
        var sets = self
        sets.permitted.formIntersection(readsFiles.union(.bindLowPorts))
        if commandsArePrivileged {
            // One that changes its user must still be ended at its deadline.
            sets.permitted.formUnion(permitted.intersection(.signalOthers))
            sets.effective = sets.permitted
            // What is ambient has to be permitted.
            sets.permitted.formUnion(ambient)
            return sets
        }
        sets.effective = sets.permitted
        (sets.inheritable, sets.ambient) = ([], [])
        if permitted.contains(.reduceBounding) {
            sets.bounding.formIntersection(isRoot ? sets.permitted.intersection(readsFiles) : [])
        }
        return sets
    }
}
