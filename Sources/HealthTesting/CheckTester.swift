public import HealthCore
import Synchronization

/// Runs a check once as the exporter does: with a deadline, with retries, and with the exporter's classification of the answer.
public struct CheckTester: Sendable {
    private let check: any HealthCheck
    private let timeout: Duration
    private let degradedAbove: Duration?
    private let retries: RetryPolicy?

    /// A tester of a check.
    ///
    /// - Parameters:
    ///   - timeout: the deadline of a run.
    ///   - degradedAbove: a success that lasts longer is degraded.
    ///   - retries: extra tries within a run.
    public init(
        _ check: any HealthCheck,
        timeout: Duration = .seconds(60),
        degradedAbove: Duration? = nil,
        retries: RetryPolicy? = nil
    ) {
        self.check = check
        self.timeout = timeout
        self.degradedAbove = degradedAbove
        self.retries = retries
    }

    /// Runs the check once in real time, for checks that speak to real servers and files.
    public func run() async -> TestedRun {
        // A real clock: what the check talks to lives in real time.
        await run(check, on: ContinuousClock(), wallClock: FixedWallClock())
    }

    /// Runs the check once on a clock that the test moves.
    public func run(on clock: ManualClock) async -> TestedRun {
        await run(check, on: clock, wallClock: ManualWallClock(following: clock))
    }

    /// Runs the check once and lets the deadline pass as soon as the check runs, whatever real time has passed.
    ///
    /// Returns when the check has returned: one that does not react to cancellation makes the test wait.
    ///
    /// - Parameter phase: lets the deadline pass once the check has entered this phase; nil as soon as it has begun.
    public func runToDeadline(in phase: RunPhase? = nil) async -> TestedRun {
        let clock = ManualClock()
        let watched = WatchedCheck(check: check)
        async let run = run(watched, on: clock, wallClock: ManualWallClock(following: clock))
        // The check itself runs in real time; a check that never gets there reports its own end.
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end, !watched.hasReached(phase) || clock.sleeperCount == 0 {
            // A real sleep: nothing tells when a check enters a phase.
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
        }
        clock.advance(by: timeout)
        return await run
    }

    private func run<C: Clock>(
        _ check: any HealthCheck,
        on clock: C,
        wallClock: any WallClock
    ) async -> TestedRun where C.Duration == Duration {
        let registration = Registration(
            id: CheckID(component: "component", check: "check"),
            kind: "test",
            check: check,
            schedule: Schedule(interval: timeout * 2, timeout: timeout),
            degradedAbove: degradedAbove,
            retries: retries
        )
        let timeline = Timeline(clock: clock, wallClock: wallClock)
        let ended = EndedRun()
        await CheckRunner(timeline: timeline)(
            .init(registration: registration, traceID: TraceID(high: 1, low: 2)) { result in
                ended.set(TestedRun(result))
            } pending: { report in
                ended.set(TestedRun(report, duration: Moment.zero.duration(to: report.moment)))
            }
        )
        guard let run = ended.run else { preconditionFailure("a run publishes its result before it returns") }
        return run
    }

    private struct FixedWallClock: WallClock {
        var now: Timestamp { .newYear2026 }
    }

    private final class EndedRun: Sendable {
        private let state = Mutex<TestedRun?>(nil)

        var run: TestedRun? { state.withLock { $0 } }

        func set(_ run: TestedRun) {
            state.withLock { $0 = run }
        }
    }
}

/// A check that tells which phase its run has come to.
private final class WatchedCheck: HealthCheck {
    private let check: any HealthCheck
    private let phases = Mutex<PhaseTimer?>(nil)

    init(check: any HealthCheck) {
        self.check = check
    }

    var measurements: [Measurement] { check.measurements }
    var connects: Bool { check.connects }

    /// Whether the run has entered a phase; whether it has begun when nil.
    func hasReached(_ phase: RunPhase?) -> Bool {
        guard let phases = phases.withLock({ $0 }) else { return false }
        return phase == nil || phases.current == phase
    }

    func run(_ context: RunContext) async throws -> CheckReport {
        phases.withLock { $0 = context.phases }
        return try await check.run(context)
    }
}
