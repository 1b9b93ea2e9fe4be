import HealthCore
import Platform

/// Measures how full a file system is (`statvfs(3)`).
struct DiskCheck: HealthCheck {
    /// The path on the file system, and its thresholds.
    let settings: DiskSettings
    /// Runs `statvfs`, which blocks while a network file system does not answer.
    let pool: BlockingPool

    /// What the kernel tells of a file system.
    struct Usage: Sendable {
        /// The size of the file system in bytes.
        var size: Double
        /// Free for all users, not only for root.
        var available: Double
        /// Used over what users could use: as `df` shows it.
        var usedRatio: Double
        /// Nil for a file system without a fixed number of inodes.
        var inodesUsedRatio: Double?
    }

    /// Bytes that are free for all users, not only for root.
    static let free = Measurement(name: "health_disk_free_bytes", help: "Bytes free for users.")
    /// The size of the file system in bytes.
    static let size = Measurement(name: "health_disk_size_bytes", help: "Size of the file system.")
    /// Used space over what users could use, 0 to 1.
    static let ratio = Measurement(name: "health_disk_used_ratio", help: "Used over used and available to users.")
    /// Used inodes over all, 0 to 1; absent for a file system without a fixed number of inodes.
    static let inodes = Measurement(name: "health_disk_inodes_used_ratio", help: "Used inodes over all.")

    /// The configured path.
    var target: String? { settings.path }
    /// Free bytes, size, used ratio and used inodes.
    var measurements: [Measurement] { [Self.free, Self.size, Self.ratio, Self.inodes] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let path = settings.path
        let usage = try await pool.run(context.phases, about: "disk \(path)") { try Self.usage(of: path) }
        var measured = [
            MeasuredValue(Self.free, usage.available), MeasuredValue(Self.size, usage.size),
            MeasuredValue(Self.ratio, usage.usedRatio),
        ]
        if let inodes = usage.inodesUsedRatio { measured.append(MeasuredValue(Self.inodes, inodes)) }
        return CheckReport(evaluate(usage), message(usage), measured: measured)
    }

    /// The worst verdict on used space, free bytes and inodes; without thresholds, a value is not evaluated.
    func evaluate(_ usage: Usage) -> CheckReport.Verdict {
        .worst(
            [
                settings.used.evaluate(usage.usedRatio),
                settings.freeBytes?.evaluate(Int(saturating: usage.available)),
                usage.inodesUsedRatio.flatMap { settings.inodesUsed?.evaluate($0) },
            ].compactMap(\.self)
        )
    }

    private func message(_ usage: Usage) -> String {
        "\(settings.path): \(Int(saturating: (usage.usedRatio * 100).rounded())) % used, \(Int(saturating: usage.available)) bytes free"
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

    /// The kind `disk`.
    static let kind = CheckKind(
        name: "disk",
        summary: "Measures how full a file system is.",
        measurements: [free, size, ratio, inodes],
        settings: DiskSettings.self
    )
}

/// The settings of a `disk` check.
struct DiskSettings: CheckSettings {
    var path = ""
    var used = ThresholdPair(degraded: 0.8, unhealthy: 0.95)
    var freeBytes: ThresholdPair<Int>?
    var inodesUsed: ThresholdPair<Double>?

    static let keys: [SettingKey<DiskSettings>] = [
        SettingKey("path", in: \.path, as: .path, "Any path on the file system.", traits: .required),
        SettingKey("used", in: \.used, as: .thresholds(.ratio), "Used space."),
        SettingKey("free_bytes", in: \.freeBytes, as: .thresholds(.bytes, lowIsBad: true), "Free space; low is bad."),
        SettingKey("inodes_used", in: \.inodesUsed, as: .thresholds(.ratio), "Used inodes."),
    ]

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        DiskCheck(settings: self, pool: resources.blockingPool)
    }
}
