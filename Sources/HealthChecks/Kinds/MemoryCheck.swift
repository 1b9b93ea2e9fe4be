import HealthCore

/// Looks how much memory is left before the kernel kills.
struct MemoryCheck: HealthCheck {
    let used: ThresholdPair<Double>
    let pressure: ThresholdPair<Double>?
    /// Whether this kernel tells about pressure at all.
    let tellsPressure: Bool
    let pool: BlockingPool

    static let usedBytes = Measurement(
        name: "health_memory_used_bytes",
        help: "Memory in use that can't be dropped, of the control group or the machine."
    )
    static let limitBytes = Measurement(
        name: "health_memory_limit_bytes",
        help: "The memory limit of the control group, else the machine's memory."
    )
    static let usedRatio = Measurement(name: "health_memory_used_ratio", help: "Memory in use over its limit.")
    static let pressureRatio = Measurement(
        name: "health_memory_pressure_ratio",
        help: "Share of the last minute in which something waited for memory."
    )

    var measurements: [Measurement] {
        [Self.usedBytes, Self.limitBytes, Self.usedRatio] + (tellsPressure ? [Self.pressureRatio] : [])
    }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let usage = try await pool.run(context.phases, about: "memory", { MemoryUsage.read() }) else {
            if ProcessFiles.areUsedUp { throw CheckFailure(.internal, ProcessFiles.usedUpMessage) }
            throw CheckFailure(.missing, "/proc/meminfo does not tell MemTotal and MemAvailable")
        }
        return report(usage)
    }

    /// What a usage means.
    func report(_ usage: MemoryUsage) -> CheckReport {
        let ratio = usage.used / usage.limit
        var measured = [
            MeasuredValue(Self.usedBytes, usage.used), MeasuredValue(Self.limitBytes, usage.limit),
            MeasuredValue(Self.usedRatio, ratio),
        ]
        if let pressure = usage.pressure { measured.append(MeasuredValue(Self.pressureRatio, pressure)) }
        let verdicts = [used.judge(ratio), usage.pressure.flatMap { pressure?.judge($0) }].compactMap(\.self)
        let message = "\(Int(saturating: (ratio * 100).rounded())) % of \(Int(saturating: usage.limit)) bytes used"
        return CheckReport(.worst(verdicts), message, measured: measured)
    }

    static let kind = CheckKind(
        name: "memory",
        summary: "Looks how much memory is left, of the control group or the machine.",
        keys: [
            SettingKey("used", .thresholds(.ratio), "Used memory; default {degraded: 85%, unhealthy: 95%}."),
            SettingKey(
                "pressure",
                .thresholds(.ratio),
                "Share of the last minute spent waiting for memory (PSI some avg60)."
            ),
        ]
    ) { reader, resources in
        let tellsPressure = MemoryUsage.read()?.pressure != nil
        if reader.has("pressure") && !tellsPressure {
            reader.problem("pressure", "this kernel does not tell memory pressure (/proc/pressure/memory)")
        }
        return MemoryCheck(
            used: reader.ratioThresholds("used") ?? ThresholdPair(degraded: 0.85, unhealthy: 0.95),
            pressure: reader.ratioThresholds("pressure"),
            tellsPressure: tellsPressure,
            pool: resources.blockingPool
        )
    }
}
