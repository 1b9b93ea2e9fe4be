import CPrivileges

/// What this process may do beyond what its user may; it only ever becomes less.
package enum ProcessPrivileges {
    /// What may stay as it was.
    package struct Options: Equatable, Sendable {
        /// Commands may gain rights: by setuid bits, file and ambient capabilities, and by being root's.
        package var commandsArePrivileged: Bool
        /// Core dumps may be written, and debuggers of the same user may attach.
        package var allowsCoreDumps: Bool

        /// The least, unless an option says otherwise.
        package init(commandsArePrivileged: Bool = false, allowsCoreDumps: Bool = false) {
            self.commandsArePrivileged = commandsArePrivileged
            self.allowsCoreDumps = allowsCoreDumps
        }
    }

    /// A right that can't be given up.
    package struct Failure: Error, CustomStringConvertible {
        /// What was tried, why it failed, and what would be right.
        package let description: String
    }

    /// Gives up what is not needed: capabilities, rights that programs could gain, core dumps.
    ///
    /// These are attributes of a thread, which those that it starts inherit (capabilities(7), prctl(2)): only the first thread, while it
    /// is alone, gives them up for the whole process. Core dumps are an attribute of the memory, which a command does not inherit.
    ///
    /// - Throws: ``Failure``; the process had better not go on.
    package static func reduce(_ options: Options = Options()) throws(Failure) {
        #if os(Linux)
        // Without /proc it can't be told; the entry point calls this first.
        guard (threadCount() ?? 1) == 1 else {
            throw Failure(description: "privileges can't be given up: other threads run already")
        }
        let sets = try capabilities()
        try apply(
            sets.reduced(isRoot: geteuid() == 0, commandsArePrivileged: options.commandsArePrivileged),
            inPlaceOf: sets
        )
        if !options.commandsArePrivileged {
            try call("PR_SET_NO_NEW_PRIVS", privileges_forbid_new())
        }
        if !options.allowsCoreDumps {
            try call("PR_SET_DUMPABLE", privileges_forbid_dumps())
        }
        #endif
    }

    #if os(Linux)
    private static func threadCount() -> Int? {
        guard let bytes = SmallFile.read("/proc/self/status", limit: 65_536) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("Threads:") }?.split(separator: "\t").last.flatMap { Int($0) }
    }

    /// The sets of the calling thread.
    package static func capabilities() throws(Failure) -> CapabilitySets {
        var sets = CapabilitySets()
        var words: [UInt64] = [0, 0, 0]
        try call("capget", unsafe words.withUnsafeMutableBufferPointer { unsafe privileges_get($0.baseAddress) })
        sets.effective = Capabilities(rawValue: words[0])
        sets.permitted = Capabilities(rawValue: words[1])
        sets.inheritable = Capabilities(rawValue: words[2])
        for number in knownCapabilities {
            let capability = Capabilities(rawValue: 1 << UInt64(number))
            if privileges_bounding_has(number) == 1 { sets.bounding.insert(capability) }
            if privileges_ambient_has(number) == 1 { sets.ambient.insert(capability) }
        }
        return sets
    }

    /// Numbers of capabilities; the kernel says no to those that it doesn't know.
    private static let knownCapabilities: Range<Int32> = 0..<63

    /// Calls the kernel only for what changes: filters of system calls may refuse the rest.
    private static func apply(_ new: CapabilitySets, inPlaceOf old: CapabilitySets) throws(Failure) {
        // First of all: it needs a capability itself.
        for number in knownCapabilities {
            let capability = Capabilities(rawValue: 1 << UInt64(number))
            guard old.bounding.contains(capability), !new.bounding.contains(capability) else { continue }
            try call("PR_CAPBSET_DROP", privileges_bounding_drop(number))
        }
        if old.ambient != new.ambient { try call("PR_CAP_AMBIENT_CLEAR_ALL", privileges_ambient_clear()) }
        if (old.effective, old.permitted, old.inheritable) != (new.effective, new.permitted, new.inheritable) {
            let (effective, permitted) = (new.effective.rawValue, new.permitted.rawValue)
            try call("capset", privileges_set(effective, permitted, new.inheritable.rawValue))
        }
    }

    private static func call(_ name: String, _ code: Int32) throws(Failure) {
        guard code != 0 else { return }
        let reason = unsafe String(cString: strerror(code))
        throw Failure(
            description: "privileges can't be given up: \(name): \(reason); allow capget, capset and prctl in the "
                + "filter of system calls, or start the exporter without capabilities"
        )
    }
    #endif
}
