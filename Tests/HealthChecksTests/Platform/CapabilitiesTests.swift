import Platform
import Testing

/// What is kept of the capabilities with which a process was started.
@Suite struct CapabilitiesTests {
    private static let all = Capabilities(rawValue: (1 << 41) - 1)
    /// What Docker gives to a container's root.
    private static let docker = Capabilities(rawValue: 0xa804_25fb)

    private static func sets(
        _ permitted: Capabilities,
        ambient: Capabilities = [],
        bounding: Capabilities = all
    ) -> CapabilitySets {
        var sets = CapabilitySets()
        (sets.effective, sets.permitted) = (permitted, permitted)
        (sets.inheritable, sets.ambient, sets.bounding) = (ambient, ambient, bounding)
        return sets
    }

    private struct Case {
        var sets: CapabilitySets
        var isRoot = false
        var kept: Capabilities = []
        var bounding: Capabilities = all
    }

    private static let cases = [
        // As root: what reads files and opens low ports; commands, what reads files.
        Case(sets: sets(all), isRoot: true, kept: [.readFiles, .bindLowPorts], bounding: .readFiles),
        Case(
            sets: sets(docker, bounding: docker),
            isRoot: true,
            kept: [.overrideFileModes, .bindLowPorts],
            bounding: .overrideFileModes
        ),
        // All was dropped before.
        Case(sets: sets([], bounding: []), isRoot: true, bounding: []),
        Case(sets: sets([], bounding: []), bounding: []),
        // A user of its own may not change the bounding set.
        Case(sets: sets([])), Case(sets: sets(.bindLowPorts, ambient: .bindLowPorts), kept: .bindLowPorts),
        Case(sets: sets([.signalOthers, .readFiles], ambient: .readFiles), kept: .readFiles),
        Case(sets: sets([.reduceBounding, .bindLowPorts]), kept: .bindLowPorts, bounding: []),
    ]

    @Test(arguments: cases.indices) func onlyWhatIsNeededIsKept(index: Int) {
        let one = Self.cases[index]
        let reduced = one.sets.reduced(isRoot: one.isRoot, commandsArePrivileged: false)
        #expect(reduced.permitted == one.kept && reduced.effective == one.kept)
        #expect(reduced.inheritable.isEmpty && reduced.ambient.isEmpty)
        #expect(reduced.bounding == one.bounding)
        #expect(reduced.reduced(isRoot: one.isRoot, commandsArePrivileged: false) == reduced)
    }

    @Test func privilegedCommandsGetWhatTheyWouldHaveHad() {
        let root = Self.sets(Self.all).reduced(isRoot: true, commandsArePrivileged: true)
        #expect(root.bounding == Self.all && root.permitted == [.readFiles, .bindLowPorts, .signalOthers])
        let raw = Capabilities(rawValue: 1 << 13)
        let user = Self.sets(raw, ambient: raw).reduced(isRoot: false, commandsArePrivileged: true)
        #expect(user.effective.isEmpty && user.permitted == raw && user.ambient == raw && user.inheritable == raw)
    }

    @Test func theKernelsSetsAreRead() throws {
        let sets = try ProcessPrivileges.capabilities()
        let status = String(
            decoding: try #require(SmallFile.read("/proc/thread-self/status", limit: 65_536)),
            as: UTF8.self
        )
        for (name, set) in [
            ("CapInh", sets.inheritable), ("CapPrm", sets.permitted), ("CapEff", sets.effective),
            ("CapBnd", sets.bounding), ("CapAmb", sets.ambient),
        ] {
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
            #expect(UInt64(line.dropFirst(8), radix: 16) == set.rawValue, "\(name)")
        }
    }

    @Test func aProcessWithOtherThreadsIsRefused() {
        // This process has many; in it, nothing may change.
        #expect(throws: ProcessPrivileges.Failure.self) { try ProcessPrivileges.reduce() }
    }
}
