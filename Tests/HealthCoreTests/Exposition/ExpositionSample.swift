import HealthCore
import HealthTesting

/// A small service with fixed times and hostile names, for pages that never change.
struct ExpositionSample {
    static let hostileEnvironment = #"pro"duction"#
    static let hostileVersion = "1\\2\n3"
    static let hostileInstance = "a\u{0}b\u{2028}c"
    static let hostileOwner = "team \"x\" \\ y\nz\u{0}"

    let identity: ServiceIdentity
    /// 16 s after the first run: enough of 5 minutes to speak of them, and too little of an hour.
    var now = Moment.seconds(106)
    var selection = MetricSelection()
    private let health: HealthSnapshot
    private let metrics: MetricsRecorder.Snapshot

    init(
        environment: String = hostileEnvironment,
        version: String = hostileVersion,
        instance: String = hostileInstance,
        owner: String = hostileOwner,
        labelsEverySample: Bool = true
    ) throws {
        identity = ServiceIdentity(
            name: "orders",
            environment: environment,
            version: version,
            instance: instance,
            labelsEverySample: labelsEverySample
        )
        let time = ManualTime()
        let store = StatusStore(time: time) { _ in }
        let recorder = MetricsRecorder(identity: identity)
        let sink = StoreSink(store: store, recorder: recorder)
        let registry = try Self.registry(owner: owner)
        store.apply(registry)
        recorder.apply(registry)
        Self.play(registry.checks.map(\.handle), time, sink)
        (health, metrics) = (store.snapshot(), recorder.snapshot())
    }

    /// The page in a format.
    func page(_ format: TextEncoder.Syntax) -> [UInt8] {
        exposition.text(format)
    }

    /// The page, not yet rendered.
    var exposition: Exposition {
        let scrape = Scrape(
            identity: identity,
            health: health,
            metrics: metrics,
            now: now,
            selection: selection
        )
        let sources: [MetricSource] = [
            .target, .checks, .measurements, .components, .service,
            .schedule { ScheduleActivity(runsInFlight: 3, runsOverdue: 1) },
        ]
        return Exposition(scrape, sources: sources)
    }

    private static let connections = Measurement(name: "health_postgres_connections_used", help: "Client connections.")
    private static let lag = Measurement(
        name: "health_postgres_replication_lag_seconds",
        help: "Lag behind the \"primary\", \\ or\nnot."
    )

    private static func registry(owner: String) throws -> CheckRegistry {
        let postgres = ScriptedCheck(measurements: [connections, lag], connects: true)
        return try .make(
            ComponentRegistration(
                name: "orders-db",
                owner: owner,
                runbook: "https://runbooks.example/orders-db",
                objective: 0.995,
                buckets: [.milliseconds(5), .milliseconds(50), .seconds(1)],
                checks: [
                    .make("orders-db/primary", kind: "postgres", check: postgres, degradedAbove: .milliseconds(500)),
                    .make("orders-db/replica", kind: "postgres", check: postgres),
                ]
            ),
            .make(
                "cache",
                impact: .optional,
                checks: [
                    .make("cache/ping", schedule: Schedule(interval: .seconds(1), timeout: .milliseconds(750)))
                ]
            )
        )
    }

    private static func play(_ handles: [CheckHandle], _ time: ManualTime, _ sink: StoreSink) {
        var number: UInt64 = 0
        func publish(_ index: Int, _ result: RunResult) {
            number += 1
            sink.started(handles[index], delay: .milliseconds(Int(number)))
            var result = result
            result.traceID = TraceID(high: 0, low: number)
            result.phases = index == 0 ? phases : nil
            _ = sink.publish(result, of: handles[index])
        }
        time.advance(to: .seconds(90))
        publish(0, .make(.success, duration: .milliseconds(4), at: time.moment, measured: [.init(connections, 17)]))
        publish(2, .make(.success, duration: .milliseconds(1), at: time.moment))
        time.advance(to: .milliseconds(95_250))
        publish(0, .make(.degraded, duration: .milliseconds(700), at: time.moment, measured: [.init(lag, 0.25)]))
        for reason in [FailureReason.connectRefused, .unreachable, .connectRefused] {
            publish(2, .make(.failure, reason: reason, duration: .milliseconds(2), at: time.moment))
        }
        publish(2, .make(.timeout, duration: .milliseconds(750), at: time.moment))
        publish(2, .make(.internal, duration: .milliseconds(5), at: time.moment))
        _ = sink.skipped(handles[2], .overlap, overdue: false, at: time.moment)
        _ = sink.skipped(handles[0], .saturated, overdue: false, at: time.moment)
    }

    private static var phases: PhaseDurations {
        var phases = PhaseDurations()
        phases[.resolve] = .microseconds(250)
        phases[.connect] = .milliseconds(1)
        return phases
    }
}
