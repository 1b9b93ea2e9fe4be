import HealthCore
import HealthTesting
import Logging

@testable import HealthExporter

/// A service in every state that documents show, after one minute with fixed times, names and numbers.
struct HealthSample {
    /// A check with all that a document shows of one.
    private struct Target: HealthCheck {
        var target: String?
        var connects = false
        var measurements: [Measurement] = []

        func run(_ context: RunContext) async throws -> CheckReport { CheckReport(.success) }
    }

    static let identity = ServiceIdentity(
        name: "orders",
        environment: "prod",
        version: "1.4.2",
        instance: "orders-7d9c"
    )
    static let connections = Measurement(name: "health_postgres_connections_used", help: "Client connections.")
    static let lag = Measurement(name: "health_postgres_replication_lag_seconds", help: "Lag.")

    let time = ManualTime()
    let registry: CheckRegistry
    let store: StatusStore
    let recorder = MetricsRecorder(identity: identity)
    let history: HistoryStore
    let pipeline: ResultPipeline

    /// - Parameter logger: gets the lines that the story makes.
    init(logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) throws {
        registry = try Self.registry()
        let resultLogger = ResultLogger(logger: logger)
        let history = HistoryStore(time: time)
        self.history = history
        store = StatusStore(time: time) { events in
            history.record(events)
            resultLogger.log(events)
        }
        pipeline = ResultPipeline(store: store, recorder: recorder, history: history, logger: resultLogger)
        pipeline.apply(registry)
        play()
    }

    /// The document of the whole, as at the end of the story.
    func document(showsDetails: Bool) -> HealthDocument {
        let known = pipeline.generations.snapshot()
        return HealthDocument(
            identity: Self.identity,
            health: known.health,
            metrics: known.metrics,
            nextDue: [.seconds(90.5)] + Array(repeating: nil, count: known.health.checks.count - 1),
            now: time.moment,
            timestamp: time.timestamp,
            showsDetails: showsDetails
        )
    }

    /// The pages for people, as at the end of the story.
    var pages: StatusPages {
        let count = registry.checkCount
        return StatusPages(
            identity: Self.identity,
            generations: pipeline.generations,
            history: history,
            nextDue: { _ in [.seconds(90.5)] + Array(repeating: nil, count: count - 1) },
            time: time,
            live: LivePage(started: .newYear2026),
            exporter: { ["A loop of the exporter has stalled: scheduler made no progress for 42 s."] }
        )
    }

    /// The handle of a check, by `component/check`.
    func handle(_ name: String) -> CheckHandle {
        guard let check = registry.checks.first(where: { $0.registration.id.description == name }) else {
            preconditionFailure("no check \(name)")
        }
        return check.handle
    }
}

extension HealthSample {
    private static func check(
        _ name: String,
        kind: String = "http",
        target: String? = nil,
        interval: Duration = .seconds(60),
        failureThreshold: Int = 1,
        measurements: [Measurement] = []
    ) -> Registration {
        .make(
            name,
            kind: kind,
            check: Target(target: target, connects: target != nil, measurements: measurements),
            schedule: Schedule(interval: interval, timeout: .seconds(2)),
            thresholds: Thresholds(failure: failureThreshold, success: 1)
        )
    }

    private static func registry() throws -> CheckRegistry {
        var registry = try CheckRegistry.make(
            ComponentRegistration(
                name: "orders-db",
                owner: "team-orders",
                runbook: "https://runbooks.example/orders-db",
                objective: 0.995,
                checks: [
                    check(
                        "orders-db/primary",
                        kind: "postgres",
                        target: "postgres://orders@db:5432/orders",
                        failureThreshold: 3,
                        measurements: [connections, lag]
                    ),
                    check("orders-db/replica", kind: "postgres", target: "postgres://orders@replica:5432/orders"),
                ]
            ),
            .make("payments", checks: [check("payments/api", target: "https://payments.example/health?key=…")]),
            .make("cache-a", checks: [check("cache-a/ping", kind: "redis", target: "redis://cache-a:6379")]),
            .make("cache-b", checks: [check("cache-b/ping", kind: "redis", target: "redis://cache-b:6379")]),
            ComponentRegistration(
                name: "search",
                impact: .optional,
                scope: .shared,
                dependencies: ["cache-a"],
                checks: [check("search/api", target: "http://search:9200/")]
            ),
            .make("mail", impact: .optional, checks: [check("mail/login", kind: "tcp", target: "mail:25")]),
            .make("queue", impact: .optional, checks: [check("queue/depth")]),
            .make("worker", impact: .optional, checks: [check("worker/beat", kind: "heartbeat")]),
            .make("feed", impact: .informational, checks: [check("feed/first")]),
            .make("reports", impact: .informational, checks: [check("reports/age", interval: .seconds(10))]),
            .make("disk", impact: .informational, checks: [check("disk/root", kind: "disk", target: "/")]),
            ComponentRegistration(
                name: "plugin",
                impact: .informational,
                owner: "team \"x\" <b>\n\u{1b}[31m",
                checks: [check("plugin/load", kind: "exec", target: "/bin/check \"a\\b\"")]
            )
        )
        try registry.add(
            GroupRegistration(
                name: "caches",
                members: ["cache-a", "cache-b"],
                requirement: .any,
                owner: "team-caches",
                runbook: "https://runbooks.example/caches"
            )
        )
        try registry.add(FlagRegistration(name: "recommendations", requires: ["caches"], defaultValue: false))
        try registry.add(FlagRegistration(name: "sync", requires: ["feed"], defaultValue: true))
        let start = Timestamp.newYear2026
        try registry.add(
            MaintenanceWindow(
                components: ["mail"],
                time: .once(from: start.advanced(by: .seconds(25)), until: start.advanced(by: .seconds(3600)))
            )
        )
        return registry
    }

    private func play() {
        time.advance(to: .seconds(10))
        publish("orders-db/primary", .success, milliseconds: 4, "17 of 100 connections", [.init(Self.connections, 17)])
        publish("orders-db/replica", .success, milliseconds: 5, "", [.init(Self.lag, 0.25)])
        for name in ["payments/api", "cache-a/ping", "cache-b/ping", "search/api", "mail/login", "queue/depth"] {
            publish(name, .success, milliseconds: 12, "status 200")
        }
        publish("reports/age", .success, milliseconds: 1, "fresh")
        time.advance(to: .seconds(20))
        publish("disk/root", .internal, milliseconds: 2, "no descriptor left")
        pipeline.pending(
            PendingReport(message: "never beaten; missed from 2026-01-01T00:01:10.000Z", moment: time.moment),
            of: handle("worker/beat")
        )
        publish("plugin/load", .degraded, reason: .execExit, milliseconds: 30, "LOAD \"high\" \\ é\u{2028}\u{7}<i>") {
            $0.details = [
                .init("load", "3.5", number: 3.5), .init("load", "4", number: 4), .init("note", "a\nb"),
                .init("big", "1e300", number: 1e300), .init("none", "nan", number: .nan),
            ]
        }
        time.advance(to: .milliseconds(30_250))
        publish("orders-db/primary", .degraded, reason: .tooSlow, milliseconds: 700, "answered in 700 ms")
        publish(
            "payments/api",
            .failure,
            reason: .tlsExpired,
            milliseconds: 8,
            "the certificate of payments has expired"
        )
        publish("cache-a/ping", .failure, reason: .connectRefused, milliseconds: 1, "connect to cache-a: refused")
        publish("search/api", .timeout, reason: .timeout, milliseconds: 2000, "no answer within 2s")
        publish("mail/login", .failure, reason: .authentication, milliseconds: 9, "535 refused")
        time.advance(to: .seconds(40))
        _ = store.startDrill(
            of: "queue",
            as: .degraded,
            for: .seconds(900),
            affectsReadiness: true,
            reason: "exercise <1>",
            by: "ada"
        )
        _ = pipeline.skipped(handle("search/api"), .overlap, overdue: true, at: time.moment)
        pipeline.circuitChanged(handle("cache-a/ping"), to: .open)
        pipeline.returned(handle("search/api"), late: .milliseconds(3250))
        time.advance(to: .seconds(60))
        _ = store.expire()
    }

    private func publish(
        _ name: String,
        _ kind: ResultKind,
        reason: FailureReason? = nil,
        milliseconds: Int,
        _ message: String,
        _ measured: [MeasuredValue] = [],
        change: (inout RunResult) -> Void = { _ in }
    ) {
        var result = RunResult.make(
            kind,
            reason: reason,
            duration: .milliseconds(milliseconds),
            at: time.moment,
            measured: measured
        )
        result.message = message
        result.traceID = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: UInt64(milliseconds))
        if measured.isEmpty == false {
            var phases = PhaseDurations()
            phases[.connect] = .microseconds(1500)
            phases[.processing] = .milliseconds(2)
            result.phases = phases
        }
        change(&result)
        _ = pipeline.publish(result, of: handle(name))
    }
}
