import HealthCore
import Platform

/// Measures how much memory is used of what the kernel allows before it kills.
struct MemoryCheck: HealthCheck {
    /// The thresholds of used memory and of pressure.
    let settings: MemorySettings
    /// Whether this kernel reports pressure at all.
    let reportsPressure: Bool
    /// Reads the kernel's files.
    let pool: BlockingPool

    /// Memory in use, in bytes, without what the kernel can free at once.
    static let usedBytes = Measurement(
        name: "health_memory_used_bytes",
        help: "Memory in use that can't be dropped, of the control group or the machine."
    )
    /// The limit in bytes: the control group's, else the memory of the machine.
    static let limitBytes = Measurement(
        name: "health_memory_limit_bytes",
        help: "The memory limit of the control group, else the machine's memory."
    )
    /// Memory in use over the limit, 0 to 1.
    static let usedRatio = Measurement(name: "health_memory_used_ratio", help: "Memory in use over its limit.")
    /// The share of the last minute in which a task waited for memory, 0 to 1.
    static let pressureRatio = Measurement(
        name: "health_memory_pressure_ratio",
        help: "Share of the last minute in which something waited for memory."
    )

    /// Used bytes, limit and ratio; the pressure, too, when this kernel reports it.
    var measurements: [Measurement] {
        [Self.usedBytes, Self.limitBytes, Self.usedRatio] + (reportsPressure ? [Self.pressureRatio] : [])
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
        let verdicts = [
            settings.used.evaluate(ratio), usage.pressure.flatMap { settings.pressure?.evaluate($0) },
        ].compactMap(\.self)
        let message = "\(Int(saturating: (ratio * 100).rounded())) % of \(Int(saturating: usage.limit)) bytes used"
        return CheckReport(.worst(verdicts), message, measured: measured)
    }

    /// The kind `memory`.
    static let kind = CheckKind(
        name: "memory",
        summary: "Measures how much memory the control group or the machine uses.",
        measurements: [usedBytes, limitBytes, usedRatio, pressureRatio],
        settings: MemorySettings.self
    )
}

/// The settings of a `memory` check.
struct MemorySettings: CheckSettings {
    var used = ThresholdPair(degraded: 0.85, unhealthy: 0.95)
    var pressure: ThresholdPair<Double>?

    static let keys: [SettingKey<MemorySettings>] = [
        SettingKey("used", in: \.used, as: .thresholds(.ratio), "Used memory."),
        SettingKey(
            "pressure",
            in: \.pressure,
            as: .thresholds(.ratio),
            "Share of the last minute spent waiting for memory (PSI some avg60)."
        ),
    ]

    func validate(_ reader: SettingsReader) {
        guard reader.has("pressure"), !reader.inputs.machine.reportsMemoryPressure() else { return }
        reader.problem("pressure", "this kernel does not tell memory pressure (/proc/pressure/memory)")
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        MemoryCheck(
            settings: self,
            reportsPressure: resources.machine.reportsMemoryPressure(),
            pool: resources.blockingPool
        )
    }
}
