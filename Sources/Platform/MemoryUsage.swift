/// How much memory is used against what may be used: the control group's, else the machine's.
///
/// Kernel: Documentation/admin-guide/cgroup-v2.rst (memory.max, memory.current, memory.stat), cgroup-v1/memory.rst,
/// filesystems/proc.rst (meminfo) and accounting/psi.rst.
package struct MemoryUsage: Sendable, Equatable {
    /// In bytes, without what the kernel can free at once.
    package var used: Double
    /// In bytes.
    package var limit: Double
    /// The share of the last minute in which some task waited for memory, 0 to 1; nil when the kernel doesn't tell.
    package var pressure: Double?

    /// A usage as it was read.
    package init(used: Double, limit: Double, pressure: Double? = nil) {
        self.used = used
        self.limit = limit
        self.pressure = pressure
    }

    /// Reads the files below `root`, which is empty but for tests; nil when the kernel tells nothing.
    package static func read(root: String = "") -> MemoryUsage? {
        guard let machine = machine(root) else { return nil }
        let groups = controlGroups(root)
        let pressure = (groups.map(\.pressureFile) + ["\(root)/proc/pressure/memory"]).lazy
            .compactMap { stallShare($0) }.first
        var usage = machine
        // The tightest limit of the group and those above it is the one that kills.
        for group in groups {
            guard let limit = number(group.limitFile), limit < machine.limit, let current = number(group.currentFile)
            else { continue }
            let inactive = field(group.inactiveField, of: group.statFile) ?? 0
            let used = max(0, current - inactive)
            if usage == machine || used / limit > usage.used / usage.limit {
                usage = MemoryUsage(used: used, limit: limit)
            }
        }
        usage.pressure = pressure
        return usage
    }

    private struct ControlGroup {
        var limitFile, currentFile, statFile, pressureFile, inactiveField: String
    }

    /// The process's groups from its own up to the root, as this process sees them.
    private static func controlGroups(_ root: String) -> [ControlGroup] {
        var groups: [ControlGroup] = []
        for line in text("\(root)/proc/self/cgroup")?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[0] == "0", parts[1].isEmpty {
                groups += ancestors("\(root)/sys/fs/cgroup", parts[2]).map { path in
                    ControlGroup(
                        limitFile: "\(path)/memory.max",
                        currentFile: "\(path)/memory.current",
                        statFile: "\(path)/memory.stat",
                        pressureFile: "\(path)/memory.pressure",
                        inactiveField: "inactive_file"
                    )
                }
            } else if parts[1].split(separator: ",").contains("memory") {
                groups += ancestors("\(root)/sys/fs/cgroup/memory", parts[2]).map { path in
                    ControlGroup(
                        limitFile: "\(path)/memory.limit_in_bytes",
                        currentFile: "\(path)/memory.usage_in_bytes",
                        statFile: "\(path)/memory.stat",
                        pressureFile: "",
                        inactiveField: "total_inactive_file"
                    )
                }
            }
        }
        return groups
    }

    /// In a container the path may be the host's while the mount shows the container's own root: missing files are passed over.
    private static func ancestors(_ mount: String, _ path: Substring) -> [String] {
        var names = path.split(separator: "/").filter { $0 != ".." }
        var paths: [String] = []
        while !names.isEmpty {
            paths.append("\(mount)/\(names.joined(separator: "/"))")
            names.removeLast()
        }
        return paths + [mount]
    }

    private static func machine(_ root: String) -> MemoryUsage? {
        let file = "\(root)/proc/meminfo"
        guard let total = field("MemTotal:", of: file), let available = field("MemAvailable:", of: file), total > 0
        else { return nil }
        return MemoryUsage(used: max(0, total - available) * 1024, limit: total * 1024)
    }

    /// `some avg10=0.00 avg60=1.50 …`, in percent.
    private static func stallShare(_ file: String) -> Double? {
        guard let line = text(file)?.split(separator: "\n").first(where: { $0.hasPrefix("some ") }) else { return nil }
        guard let average = line.split(separator: " ").first(where: { $0.hasPrefix("avg60=") }) else { return nil }
        // The nearest number to a hundredth of it, which a division does not always give.
        return Double(average.dropFirst("avg60=".count) + "e-2")
    }

    /// Nil for `max`, the word for no limit.
    private static func number(_ file: String) -> Double? {
        text(file).flatMap { Double($0.prefix { $0 != "\n" }) }
    }

    private static func field(_ name: String, of file: String) -> Double? {
        for line in text(file)?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: " ")
            if parts.count >= 2, parts[0] == name { return Double(parts[1]) }
        }
        return nil
    }

    private static func text(_ file: String) -> String? {
        SmallFile.read(file, limit: 64 * 1024).map { String(decoding: $0, as: UTF8.self) }
    }
}
