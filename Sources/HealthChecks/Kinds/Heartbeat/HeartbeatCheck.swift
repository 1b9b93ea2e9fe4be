public import HealthCore

/// Looks whether a worker has said in time that it lives.
public struct HeartbeatCheck: HealthCheck {
    /// What the worker says.
    public let heartbeat: Heartbeat
    /// What a beat over HTTP must bring; nil when it must come from this machine.
    package let token: String?
    /// How long the worker may be silent until it is degraded or unhealthy.
    let within: ThresholdPair<Duration>

    /// When the last beat came, in seconds since 1970; absent before the first one.
    static let lastBeat = Measurement(
        name: "health_heartbeat_last_beat_timestamp_seconds",
        help: "When the worker last said that it lives; absent when it never did."
    )
    /// When the next beat is due, in seconds since 1970.
    static let due = Measurement(
        name: "health_heartbeat_due_timestamp_seconds",
        help: "When the worker is missed unless it beats before; there before the first beat, too."
    )

    /// A check of what code in this process says through a heartbeat.
    ///
    /// - Parameters:
    ///   - degradedAfter: silence from which on the worker is degraded; nil for none.
    ///   - unhealthyAfter: silence from which on it is unhealthy.
    public init(_ heartbeat: Heartbeat, degradedAfter: Duration? = nil, unhealthyAfter: Duration) {
        self.init(heartbeat, within: ThresholdPair(degraded: degradedAfter, unhealthy: unhealthyAfter), token: nil)
    }

    /// A check of a worker that beats in this process or over HTTP.
    ///
    /// - Parameters:
    ///   - within: how long the worker may be silent.
    ///   - token: what a beat over HTTP must bring; nil when it must come from this machine.
    init(_ heartbeat: Heartbeat, within: ThresholdPair<Duration>, token: String?) {
        self.heartbeat = heartbeat
        self.within = within
        self.token = token
    }

    /// The same check, listening to the worker that another one listened to: a new configuration is no beat.
    package func continuing(_ old: HeartbeatCheck) -> HeartbeatCheck {
        HeartbeatCheck(old.heartbeat, within: within, token: token)
    }

    /// Start-up never waits for a worker.
    public var blocksStartup: Bool { false }

    /// How long the worker may be silent until it is unhealthy, or degraded when it never becomes worse.
    public var detectionDelay: Duration { within.unhealthy ?? within.degraded ?? .zero }

    /// When the worker last spoke, and until when it has to.
    public var measurements: [Measurement] { [Self.lastBeat, Self.due] }

    /// How long the worker may be silent until it is missed at all.
    private var patience: Duration {
        [within.degraded, within.unhealthy].compactMap(\.self).min() ?? .zero
    }

    /// Looks how long the worker has been silent, and what it said last.
    public func run(_ context: RunContext) async throws -> CheckReport {
        let beat = heartbeat.lastBeat
        let since = beat.map { (moment: $0.moment, timestamp: $0.timestamp) } ?? heartbeat.registration
        let due = since.timestamp.advanced(by: patience)
        var measured = beat.map { [MeasuredValue(Self.lastBeat, $0.timestamp.seconds)] } ?? []
        measured.append(MeasuredValue(Self.due, due.seconds))
        switch within.evaluate(heartbeat.age(of: since.moment)) {
        case .degraded: return CheckReport(.degraded(.heartbeatMissed), missed(beat), measured: measured)
        case .failure: return CheckReport(.failure(.heartbeatMissed), missed(beat), measured: measured)
        case .success, .pending: break
        }
        guard let beat else {
            return CheckReport(.pending, "never beaten; missed from \(due.rfc3339) on", measured: measured)
        }
        switch beat.status {
        case .healthy: return CheckReport(.success, beat.message, measured: measured)
        case .degraded: return CheckReport(.degraded(.notServing), beat.message, measured: measured)
        case .unhealthy: return CheckReport(.failure(.notServing), beat.message, measured: measured)
        }
    }

    private func missed(_ beat: Heartbeat.Beat?) -> String {
        beat.map { "the last heartbeat came at \($0.timestamp.rfc3339)" }
            ?? "never beaten since the check was registered at \(heartbeat.registration.timestamp.rfc3339)"
    }

    /// The kind `heartbeat`.
    static let kind = CheckKind(
        name: "heartbeat",
        summary: "Expects a worker to report within a time.",
        measurements: [lastBeat, due],
        settings: HeartbeatSettings.self
    )
}

/// The settings of a `heartbeat` check.
struct HeartbeatSettings: CheckSettings {
    var within = ThresholdPair<Duration>(degraded: nil, unhealthy: nil)
    var token: String?

    static let keys: [SettingKey<HeartbeatSettings>] = [
        SettingKey(
            "within",
            in: \.within,
            as: .durationOrThresholds,
            "How long a worker may be silent; a duration is the unhealthy bound.",
            traits: .required
        ),
        SettingKey(
            "token",
            in: \.token,
            as: .secretText,
            "What a beat must bring as Authorization: Bearer.",
            traits: .secret
        ),
    ]

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        HeartbeatCheck(Heartbeat(time: resources.time), within: within, token: token)
    }
}
