import HealthChecks
import HealthCore
import HealthTesting
import NIOPosix
import Synchronization

/// Runs a check of a kind as the scheduler does, with keys as a configuration has them.
struct KindRun {
    private static let timeline = Timeline(clock: ContinuousClock(), wallClock: FixedWallClock())

    fileprivate struct FixedWallClock: WallClock {
        var now: Timestamp { Timestamp(nanosecondsSinceEpoch: 0) }
    }

    static func resources(allowed: [IPNetwork] = [], environment: [String: String] = [:]) -> CheckResources {
        CheckResources(
            configuration: .init(blockingThreads: 4, allowedNetworks: allowed) { environment[$0] },
            group: MultiThreadedEventLoopGroup.singleton,
            time: timeline
        )
    }

    /// The check of a kind with these keys, and the problems of the keys.
    static func make(
        _ kind: String,
        _ keys: [(String, SettingNode)],
        _ resources: CheckResources = resources()
    ) -> (check: (any HealthCheck)?, problems: [String]) {
        let position = SettingPosition(line: 1, column: 1)
        let node = SettingNode.map(keys.map { .init(key: $0.0, position: position, value: $0.1) }, position)
        let problems = SettingProblems()
        guard let kind = CheckCatalog.kind(named: kind) else { return (nil, ["no such kind"]) }
        let check = kind.make(SettingsReader(node, path: "check", keys: kind.keys, problems: problems), resources)
        return (check, problems.all.map(\.message))
    }

    /// The result of one run.
    static func run(_ check: any HealthCheck, timeout: Duration = .seconds(60)) async -> RunResult? {
        let registration = Registration(
            id: CheckID(component: "c", check: "k"),
            kind: "test",
            check: check,
            schedule: Schedule(interval: timeout * 2, timeout: timeout)
        )
        let result = Box<RunResult?>(nil)
        await CheckRunner(timeline: timeline)(
            .init(registration: registration, traceID: TraceID(high: 1, low: 2)) { published in
                result.set(published)
            }
        )
        return result.value
    }
}

extension KindRun {
    /// The result of a run whose deadline of 2 s passes once the check has come to a phase, or has begun if it has none.
    ///
    /// The clock is the test's own: how busy the machine is changes nothing. Comes back when the check itself has.
    static func runToDeadline(_ check: any HealthCheck, once phase: RunPhase?) async -> RunResult {
        let clock = ManualClock()
        let begun = Box<RunContext?>(nil)
        let registration = Registration(
            id: CheckID(component: "c", check: "k"),
            kind: "test",
            check: WatchedCheck(check: check, begun: begun),
            schedule: Schedule(interval: .seconds(4), timeout: .seconds(2))
        )
        let result = Box<RunResult?>(nil)
        let runner = CheckRunner(timeline: Timeline(clock: clock, wallClock: FixedWallClock()))
        async let run: Void = runner(
            .init(registration: registration, traceID: TraceID(high: 1, low: 2)) { result.set($0) }
        )
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end,
            begun.value == nil || (phase != nil && begun.value?.phases.current != phase) || clock.sleeperCount == 0
        {
            try? await Task.sleep(for: .milliseconds(5))
        }
        _ = clock.wakeNext(limit: clock.now.advanced(by: .seconds(2)))
        await run
        guard let result = result.value else { preconditionFailure("a run publishes a result before it returns") }
        return result
    }

    /// Hands out the context of its run.
    private struct WatchedCheck: HealthCheck {
        let check: any HealthCheck
        let begun: Box<RunContext?>

        var measurements: [Measurement] { check.measurements }
        var connects: Bool { check.connects }

        func run(_ context: RunContext) async throws -> CheckReport {
            begun.set(context)
            return try await check.run(context)
        }
    }
}

extension SettingNode {
    /// A plain scalar.
    static func text(_ text: String) -> SettingNode {
        .scalar(SettingScalar(text), SettingPosition(line: 1, column: 1))
    }
}

/// A value that several threads share.
final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) {
        state = Mutex(value)
    }

    var value: Value { state.withLock { $0 } }

    func set(_ value: Value) {
        state.withLock { $0 = value }
    }

    func update(_ change: @Sendable (Value) -> Value) {
        state.withLock { $0 = change($0) }
    }
}
