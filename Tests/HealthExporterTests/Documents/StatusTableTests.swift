import HealthChecks
import HealthCore
import HealthExporter
import HealthTesting
import Testing

/// What `once` prints.
struct StatusTableTests {
    @Test func aWorkerThatHasNeverBeatenIsNamedSo() async throws {
        let time = ManualTime()
        let check = HeartbeatCheck(Heartbeat(time: time), unhealthyAfter: .seconds(60))
        let registry = try CheckRegistry.make(.make("worker", checks: [.make("worker/beat", check: check)]))
        let store = StatusStore(time: time) { _ in }
        store.apply(registry)
        let context = RunContext(
            traceID: TraceID(high: 0, low: 1),
            timeout: .seconds(1),
            phases: PhaseTimer(time: time)
        )
        let report = try await check.run(context)
        let handle = try #require(registry.checks.first?.handle)
        store.record(PendingReport(message: report.message, measured: report.measured, moment: time.moment), of: handle)
        let table = StatusTable.render(store.snapshot())
        #expect(table.contains("unknown  pending  -"))
        #expect(table.contains("never beaten; missed from 2026-01-01T00:01:00"))
        // Exit code 0: nothing is wrong yet.
        #expect(table.hasSuffix("service: healthy\n"))
    }
}
