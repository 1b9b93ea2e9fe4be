import Foundation
import HealthTesting
import Testing

@testable import HealthCore
@testable import HealthExporter

/// Bodies of probes and documents.
struct DocumentTests {
    private static func verdict(causes count: Int, reason: FailureReason = .tlsClientCertificate) -> HealthVerdict {
        let name = String(repeating: "x", count: 63)
        let cause = HealthCause(
            component: name,
            check: name,
            status: .unhealthy,
            reason: reason,
            since: .newYear2026,
            failures: 1_000_000
        )
        var components = StatusCounts()
        components[.unhealthy] = 10_000
        var verdict = HealthVerdict(.notReady(.unhealthy))
        verdict.components = components
        verdict.causes = Array(repeating: cause, count: count)
        return verdict
    }

    @Test func readinessHasTheFieldsOfTheContractAndFitsItsLimit() throws {
        let body = ProbeDocuments.readiness(Self.verdict(causes: 20), uptime: .milliseconds(1234), at: .newYear2026)
        #expect(body.count <= 8 * 1024)
        let text = String(decoding: body, as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"status":"not_ready","reason":"unhealthy","uptime_seconds":1.234,"components":{"healthy":0,"degraded":0,"unknown":0,"unhealthy":10000},"causes":[{"component":"x"#
            )
        )
        #expect(
            text.hasSuffix(
                #""reason":"tls_client_certificate","hint":"The target wants a client certificate, or refused ours.","since":"2026-01-01T00:00:00.000Z","failures":1000000}],"timestamp":"2026-01-01T00:00:00.000Z"}"#
            )
        )
    }

    @Test func startUpAndVerboseListsFitTheirLimitToo() {
        let names = (0..<10_000).map { "component-\($0)-" + String(repeating: "x", count: 40) }
        #expect(ProbeDocuments.startup(waitingFor: names, at: .newYear2026).count <= 8 * 1024)
        let lines = names.map { VerboseText.Line($0) } + [VerboseText.Line("bad", problem: "timeout")]
        let text = VerboseText.render(probe: "readyz", lines: lines, isPassing: false)
        #expect(text.count <= 8 * 1024)
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("[-]bad failed: timeout\n[+]component-0-"))
        #expect(String(decoding: text, as: UTF8.self).hasSuffix("more\nreadyz check failed\n"))
    }

    private static func document(showsDetails: Bool, asHealthJSON: Bool = false) throws -> [String: Any] {
        let time = ManualTime()
        let registry = try CheckRegistry.make(.make("a", impact: .optional), .make("b"))
        let identity = ServiceIdentity(name: "s", environment: "e", version: "v", instance: "i")
        let (store, recorder) = (StatusStore(time: time) { _ in }, MetricsRecorder(identity: identity))
        store.apply(registry)
        recorder.apply(registry)
        for (check, kind) in zip(registry.checks, [ResultKind.success, .failure]) {
            let result = RunResult.make(kind, at: time.moment)
            _ = store.publish(result, of: check.handle)
            recorder.record(result, of: check.handle)
        }
        let document = HealthDocument(
            identity: identity,
            health: store.snapshot(),
            metrics: recorder.snapshot(),
            nextDue: [.seconds(5), nil],
            now: time.moment,
            timestamp: time.timestamp,
            showsDetails: showsDetails
        )
        let body = asHealthJSON ? document.renderHealthJSON() : document.render()
        return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    @Test func theHealthDocumentListsTheWorstFirstWithEveryField() throws {
        let document = try Self.document(showsDetails: true)
        let components = try #require(document["components"] as? [[String: Any]])
        #expect(components.map { $0["name"] as? String } == ["b", "a"])
        #expect(
            Set(components[0].keys) == [
                "name", "status", "reason", "hint", "since", "impact", "scope", "group", "owner", "runbook",
                "objective",
                "success_ratio", "success_ratio_partial", "latency", "suppressed", "suppressed_by", "drill",
                "transitions", "checks",
            ]
        )
        let check = try #require((components[0]["checks"] as? [[String: Any]])?.first)
        #expect(
            Set(check.keys) == [
                "name", "kind", "status", "reason", "hint", "since", "last_run", "last_success", "consecutive_failures",
                "failure_threshold", "success_threshold", "interval_seconds", "timeout_seconds", "next_run", "target",
                "latency",
                "failed_runs", "measurements", "measured_at", "message", "details",
            ]
        )
        #expect((check["last_run"] as? [String: Any])?["result"] as? String == "failure")
        #expect(
            (components[1]["checks"] as? [[String: Any]])?.first?["next_run"] as? String == "2026-01-01T00:00:05.000Z"
        )
        #expect(
            document["service"] as? [String: String] == [
                "name": "s", "environment": "e", "version": "v", "instance": "i",
            ]
        )
    }

    @Test(arguments: [(HealthStatus.unhealthy, FailureReason.drill), (.degraded, .tooSlow)])
    func aDrillIsTheReasonOfWhatItShows(status: HealthStatus, reason: FailureReason) throws {
        let registry = try CheckRegistry.make(.make("db"))
        let store = StatusStore(time: ManualTime()) { _ in }
        store.apply(registry)
        _ = store.publish(.make(.degraded), of: registry.checks[0].handle)
        let drill = store.startDrill(
            of: "db",
            as: status,
            for: .seconds(60),
            affectsReadiness: true,
            reason: "",
            by: ""
        )
        #expect(drill != nil)
        let health = store.snapshot()
        let component = try #require(health.components.first)
        #expect(health.reason(of: component) == reason && health.gatingReason(of: component) == reason)
        let body = ProbeDocuments.readiness(health.verdict, uptime: .zero, at: .newYear2026)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        let causes = try #require(document["causes"] as? [[String: Any]])
        #expect(causes.first?["hint"] as? String == reason.hint)
    }

    @Test func detailsAreForThoseWhoMayReadThem() throws {
        let components = try #require(try Self.document(showsDetails: false)["components"] as? [[String: Any]])
        let check = try #require((components[0]["checks"] as? [[String: Any]])?.first)
        #expect(Set(check.keys).isDisjoint(with: ["target", "measurements", "message", "details"]))
        #expect(check["hint"] != nil)
    }

    /// draft-inadarei-api-health-check-06.
    @Test func theDraftsFormSaysTheSame() throws {
        let document = try Self.document(showsDetails: false, asHealthJSON: true)
        #expect(document["status"] as? String == "fail")
        #expect(document["releaseId"] as? String == "v")
        let checks = try #require(document["checks"] as? [String: [[String: Any]]])
        #expect(Set(checks.keys) == ["a:primary", "b:primary"])
        #expect(checks["a:primary"]?.first?["status"] as? String == "pass")
        #expect(checks["a:primary"]?.first?["output"] == nil)
        #expect(checks["b:primary"]?.first?["status"] as? String == "fail")
        #expect(checks["b:primary"]?.first?["output"] as? String == "connect_refused")
        #expect(checks["b:primary"]?.first?["observedUnit"] as? String == "s")
    }

    @Test(arguments: [
        ("application/health+json", true), ("application/health+json;q=0.5, application/json;q=0.9", false),
        ("application/json;q=0.5, application/health+json", true), ("*/*", false), ("", false),
        ("application/health+json;q=0", false),
    ])
    func theDraftsFormIsForThoseWhoAskForIt(accept: String, isWanted: Bool) {
        #expect(ContentNegotiation.prefersHealthJSON(accept) == isWanted)
    }

    @Test(arguments: FailureReason.allCases)
    func readinessFitsItsLimitWhateverTheHint(reason: FailureReason) throws {
        let verdict = Self.verdict(causes: 20, reason: reason)
        let body = ProbeDocuments.readiness(verdict, uptime: .seconds(1e9), at: .newYear2026)
        #expect(body.count <= 8 * 1024)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        let causes = try #require(document["causes"] as? [[String: Any]])
        #expect(causes.count >= 16 && causes.allSatisfy { $0["hint"] as? String == reason.hint })
    }

    /// A document about one check that was measured and failed, so many seconds later.
    private static func measured(after seconds: Double) throws -> [String: Any] {
        let time = ManualTime()
        let size = Measurement(name: "health_x_bytes", help: "")
        let registry = try CheckRegistry.make(.make("a"))
        let identity = ServiceIdentity(name: "s", environment: "e", version: "v", instance: "i")
        let (store, recorder) = (StatusStore(time: time) { _ in }, MetricsRecorder(identity: identity))
        let generations = GenerationStore(status: store, recorder: recorder)
        generations.apply(registry)
        let handle = registry.checks[0].handle
        func publish(_ result: RunResult) {
            _ = store.publish(result, of: handle)
            recorder.record(result, of: handle)
        }
        publish(.make(.success, duration: .milliseconds(20), at: time.moment, measured: [.init(size, 7)]))
        time.advance(by: .seconds(seconds))
        var failed = RunResult.make(.failure, duration: .milliseconds(20), at: time.moment)
        // A plugin may give its own numbers any name.
        failed.details = [.init("load", "3", number: 3), .init("health_x_bytes", "9", number: 9)]
        publish(failed)
        let known = generations.snapshot()
        let document = HealthDocument(
            identity: identity,
            health: known.health,
            metrics: known.metrics,
            nextDue: [nil],
            now: time.moment,
            timestamp: time.timestamp,
            showsDetails: true
        )
        let body = try #require(try JSONSerialization.jsonObject(with: Data(document.render())) as? [String: Any])
        return try #require((body["components"] as? [[String: Any]])?.first)
    }

    @Test func aMeasurementSaysWhenItWasMadeAndGoesWithMaxAge() throws {
        func check(_ seconds: Double) throws -> [String: Any] {
            try #require((try Self.measured(after: seconds)["checks"] as? [[String: Any]])?.first)
        }
        let young = try check(22)
        #expect(young["measurements"] as? [String: Double] == ["health_x_bytes": 7, "load": 3])
        #expect(
            young["measured_at"] as? [String: String] == [
                "health_x_bytes": "2026-01-01T00:00:00.000Z", "load": "2026-01-01T00:00:22.000Z",
            ]
        )
        #expect(try check(23)["measurements"] as? [String: Double] == ["load": 3, "health_x_bytes": 9])
    }

    @Test func aComponentHasTheLatencyOfAllItsChecksAndMarksWindowsThatAreNotFull() throws {
        let component = try Self.measured(after: 400)
        let latency = try #require(component["latency"] as? [String: Any])
        #expect(abs((latency["p50"] as? Double ?? 0) - 0.0175) < 1e-9)
        #expect(component["success_ratio_partial"] as? [String] == ["1h", "24h"])
        let check = try #require((component["checks"] as? [[String: Any]])?.first)
        let failed = try #require(check["failed_runs"] as? [[String: Any]])
        #expect(failed.map { $0["trace_id"] as? String } == [TraceID(high: 1, low: 2).description])
    }
}
