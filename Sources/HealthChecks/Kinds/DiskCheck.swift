import HealthCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Looks how full a file system is (`statvfs(3)`).
struct DiskCheck: HealthCheck {
    let path: String
    let used: ThresholdPair<Double>?
    let freeBytes: ThresholdPair<Int>?
    let inodesUsed: ThresholdPair<Double>?
    let pool: BlockingPool

    /// What the kernel tells of a file system.
    struct Usage: Sendable {
        var size: Double
        /// Free for all users, not only for root.
        var available: Double
        /// Used over what users could use: as `df` shows it.
        var usedRatio: Double
        /// Nil for a file system without a fixed number of inodes.
        var inodesUsedRatio: Double?
    }

    static let free = Measurement(name: "health_disk_free_bytes", help: "Bytes free for users.")
    static let size = Measurement(name: "health_disk_size_bytes", help: "Size of the file system.")
    static let ratio = Measurement(name: "health_disk_used_ratio", help: "Used over used and available to users.")
    static let inodes = Measurement(name: "health_disk_inodes_used_ratio", help: "Used inodes over all.")

    var target: String? { path }
    var measurements: [Measurement] { [Self.free, Self.size, Self.ratio, Self.inodes] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let path = path
        let usage = try await pool.run(context.phases, about: "disk \(path)") { try Self.usage(of: path) }
        var measured = [
            MeasuredValue(Self.free, usage.available), MeasuredValue(Self.size, usage.size),
            MeasuredValue(Self.ratio, usage.usedRatio),
        ]
        if let inodes = usage.inodesUsedRatio { measured.append(MeasuredValue(Self.inodes, inodes)) }
        return CheckReport(judge(usage), message(usage), measured: measured)
    }

    func judge(_ usage: Usage) -> CheckReport.Verdict {
        .worst(
            [
                used?.judge(usage.usedRatio),
                freeBytes?.judge(Int(saturating: usage.available)),
                usage.inodesUsedRatio.flatMap { inodesUsed?.judge($0) },
            ].compactMap(\.self)
        )
    }

    private func message(_ usage: Usage) -> String {
        "\(path): \(Int(saturating: (usage.usedRatio * 100).rounded())) % used, \(Int(saturating: usage.available)) bytes free"
    }

    private static func usage(of path: String) throws -> Usage {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            let code = errno
            let reason: FailureReason = code == ENOENT || code == ENOTDIR ? .missing : .error
            throw CheckFailure(reason, "\(path): \(NetworkReasons.text(errno: code))")
        }
        let block = Double(status.f_frsize)
        let usedBlocks = Double(status.f_blocks) - Double(status.f_bfree)
        let reachable = usedBlocks + Double(status.f_bavail)
        let usedInodes = Double(status.f_files) - Double(status.f_ffree)
        return Usage(
            size: Double(status.f_blocks) * block,
            available: Double(status.f_bavail) * block,
            usedRatio: reachable > 0 ? usedBlocks / reachable : 0,
            inodesUsedRatio: status.f_files > 0 ? usedInodes / Double(status.f_files) : nil
        )
    }

    static let kind = CheckKind(
        name: "disk",
        summary: "Looks how full a file system is.",
        keys: [
            SettingKey("path", .path, "Any path on the file system.", required: true),
            SettingKey("used", .thresholds(.ratio), "Used space; default {degraded: 80%, unhealthy: 95%}."),
            SettingKey("free_bytes", .thresholds(.bytes), "Free space; low is bad."),
            SettingKey("inodes_used", .thresholds(.ratio), "Used inodes."),
        ]
    ) { reader, resources in
        guard let path = reader.path("path") else { return nil }
        return DiskCheck(
            path: resources.resolve(path: path),
            used: reader.ratioThresholds("used") ?? ThresholdPair(degraded: 0.8, unhealthy: 0.95),
            freeBytes: reader.lowByteThresholds("free_bytes"),
            inodesUsed: reader.ratioThresholds("inodes_used"),
            pool: resources.blockingPool
        )
    }
}
