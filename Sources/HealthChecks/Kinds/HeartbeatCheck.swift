package import HealthCore

/// Looks whether a worker has said in time that it lives.
package struct HeartbeatCheck: HealthCheck {
    package let heartbeat: Heartbeat
    /// What a beat over HTTP must bring; nil when it must come from this machine.
    package let token: String?
    let within: ThresholdPair<Duration>
    let time: any TimeSource

    static let lastBeat = Measurement(
        name: "health_heartbeat_last_beat_timestamp_seconds",
        help: "When the worker last said that it lives."
    )

    package var measurements: [Measurement] { [Self.lastBeat] }

    package func run(_ context: RunContext) async throws -> CheckReport {
        let beat = heartbeat.lastBeat
        let age = beat.moment.duration(to: time.moment)
        let measured = [MeasuredValue(Self.lastBeat, beat.timestamp.seconds)]
        switch within.judge(age) {
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
            HeartbeatCheck(
                heartbeat: Heartbeat(time: resources.time),
                token: token,
                within: within,
                time: resources.time
            )
        }
    }
}
