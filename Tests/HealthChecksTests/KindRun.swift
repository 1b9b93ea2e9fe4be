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

    static func resources(
        allowed: [IPNetwork] = [],
        blockingThreads: Int = 4,
        environment: [String: String] = [:]
    ) -> CheckResources {
        CheckResources(
            configuration: .init(blockingThreads: blockingThreads, allowedNetworks: allowed) { environment[$0] },
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
        await CheckTester(check, timeout: timeout).run().result
    }

    /// The result of a run whose deadline of 2 s passes once the check has come to a phase, or has begun if it has none.
    static func runToDeadline(_ check: any HealthCheck, once phase: RunPhase?) async -> RunResult {
        guard let result = await CheckTester(check, timeout: .seconds(2)).runToDeadline(in: phase).result else {
            preconditionFailure("a run to its deadline has a result")
        }
        return result
    }
}

extension SettingNode {
    /// A plain scalar.
    static func text(_ text: String) -> SettingNode {
        .scalar(SettingScalar(text), SettingPosition(line: 1, column: 1))
    }

    /// A map of nodes.
    static func map(_ entries: KeyValuePairs<String, SettingNode>) -> SettingNode {
        let position = SettingPosition(line: 1, column: 1)
        return .map(entries.map { Entry(key: $0.key, position: position, value: $0.value) }, position)
    }
}

extension SettingNode: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        self = .text(value)
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
