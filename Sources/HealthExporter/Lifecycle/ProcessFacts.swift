import HealthChecks
import HealthCore
import Platform

/// What `/proc` says about this process (proc(5)); nil where it says nothing.
struct ProcessFacts: Sendable {
    /// User and system time of all threads.
    var cpuSeconds: Double?
    /// Memory in RAM.
    var residentBytes: Double?
    /// Address space.
    var virtualBytes: Double?
    /// Open file descriptors.
    var openDescriptors: Double?
    /// The soft limit of file descriptors.
    var maximumDescriptors: Double?
    /// Since the epoch.
    var startSeconds: Double?
    /// Threads of the operating system.
    var threads: Double?

    /// Named as in the client libraries of Prometheus.
    static let families: [MetricFamily<ProcessFacts>] = [
        MetricFamily(
            "process_cpu_seconds_total",
            type: .counter,
            help: "Total user and system CPU time spent in seconds."
        ) { $0.cpuSeconds },
        MetricFamily("process_resident_memory_bytes", help: "Resident memory size in bytes.") { $0.residentBytes },
        MetricFamily("process_virtual_memory_bytes", help: "Virtual memory size in bytes.") { $0.virtualBytes },
        MetricFamily("process_open_fds", help: "Number of open file descriptors.") { $0.openDescriptors },
        MetricFamily("process_max_fds", help: "Maximum number of open file descriptors.") { $0.maximumDescriptors },
        MetricFamily(
            "process_start_time_seconds",
            from: .lean,
            help: "Start time of the process since unix epoch in seconds."
        ) { $0.startSeconds },
        MetricFamily("process_threads", help: "Number of OS threads in the process.") { $0.threads },
    ]

    /// Reads the files now; procfs never waits for a disk.
    static func read() -> ProcessFacts {
        var facts = ProcessFacts()
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
