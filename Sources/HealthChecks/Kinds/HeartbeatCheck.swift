public import HealthCore

/// Looks whether a worker has said in time that it lives.
public struct HeartbeatCheck: HealthCheck {
    /// What the worker says.
    public let heartbeat: Heartbeat
    /// What a beat over HTTP must bring; nil when it must come from this machine.
    package let token: String?
    let within: ThresholdPair<Duration>

    static let lastBeat = Measurement(
        name: "health_heartbeat_last_beat_timestamp_seconds",
        help: "When the worker last said that it lives."
    )

    /// A check of what code in this process says through a heartbeat.
    ///
    /// - Parameters:
    ///   - degradedAfter: silence from which on the worker is degraded; nil for none.
    ///   - unhealthyAfter: silence from which on it is unhealthy.
    public init(_ heartbeat: Heartbeat, degradedAfter: Duration? = nil, unhealthyAfter: Duration) {
        self.init(heartbeat, within: ThresholdPair(degraded: degradedAfter, unhealthy: unhealthyAfter), token: nil)
    }

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
    public var holdsUpStartup: Bool { false }

    /// When the worker last spoke.
    public var measurements: [Measurement] { [Self.lastBeat] }

    /// Looks how long the worker has been silent, and what it said last.
    public func run(_ context: RunContext) async throws -> CheckReport {
        let beat = heartbeat.lastBeat
        let measured = [MeasuredValue(Self.lastBeat, beat.timestamp.seconds)]
        switch within.judge(heartbeat.age) {
        case .success: break
        case .degraded: return CheckReport(.degraded(.heartbeatMissed), missed(beat), measured: measured)
        case .failure: return CheckReport(.failure(.heartbeatMissed), missed(beat), measured: measured)
        }
        switch beat.status {
        case .healthy: return CheckReport(.success, beat.message, measured: measured)
        case .degraded: return CheckReport(.degraded(.notServing), beat.message, measured: measured)
        case .unhealthy: return CheckReport(.failure(.notServing), beat.message, measured: measured)
        }
    }

    private func missed(_ beat: Heartbeat.Beat) -> String {
        beat.isRegistration
            ? "no heartbeat since the check was registered at \(beat.timestamp.rfc3339)"
            : "the last heartbeat came at \(beat.timestamp.rfc3339)"
    }

    static let kind = CheckKind(
        name: "heartbeat",
        summary: "Waits for a worker to say that it lives.",
        keys: [
            SettingKey(
                "within",
                .either(.duration, .thresholds(.duration)),
                "How long a worker may be silent; a duration is the unhealthy bound.",
                required: true
            ),
            SettingKey("token", .text(maximum: 8192), "What a beat must bring as Authorization: Bearer.", secret: true),
        ]
    ) { reader, resources in
        let token = reader.secret("token")
        return reader.durationOrThresholds("within").map { within in
            HeartbeatCheck(Heartbeat(time: resources.time), within: within, token: token)
        }
    }
}
