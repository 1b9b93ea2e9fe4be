import HealthChecks
import HealthCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What `/proc` tells about this process (proc(5)).
///
/// Reading it asks the kernel only and never waits for a disk.
enum ProcessFacts {
    static func read() -> ExporterFacts.Process {
        var facts = ExporterFacts.Process()
        facts.openDescriptors = ProcessFiles.openCount().map(Double.init)
        facts.maximumDescriptors = ProcessFiles.limit().map(Double.init)
        guard let stat = text("/proc/self/stat") else { return facts }
        // The command in parentheses may hold spaces; fields are counted behind it, from field 3 on.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst().split(separator: " ").map {
            Double($0)
        }
        func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? fields[number - 3] : nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        if let user = field(14), let system = field(15) { facts.cpuSeconds = (user + system) / ticks }
        facts.threads = field(20)
        if let start = field(22), let boot = bootTime { facts.startSeconds = boot + start / ticks }
        facts.virtualBytes = field(23)
        facts.residentBytes = field(24).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
        return facts
    }

    /// `btime` of `/proc/stat`: when the machine started, in seconds since the epoch.
    private static let bootTime: Double? = text("/proc/stat")?.split(separator: "\n")
        .first { $0.hasPrefix("btime ") }
        .flatMap { Double($0.dropFirst("btime ".count)) }

    private static func text(_ path: String) -> String? {
        SmallFile.read(path, limit: 1024 * 1024).map { String(decoding: $0, as: UTF8.self) }
    }
}
