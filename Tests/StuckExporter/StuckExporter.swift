import HealthCore
import HealthExporter
import Logging
import NIOCore
import NIOPosix
import Platform
import Synchronization

/// An exporter whose checks misbehave on purpose: `stuck-exporter hang|block|loop|program`.
@main
struct StuckExporter {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 2, ["hang", "block", "loop", "program"].contains(arguments[1]) else {
            print("usage: stuck-exporter hang|block|loop|program")
            exit(2)
        }
        let termination = Termination()
        let sources = termination.install()
        var configuration = ExporterConfiguration()
        configuration.settings.service.name = "stuck"
        configuration.settings.service.environment = "test"
        configuration.settings.service.version = "1"
        configuration.settings.service.instance = "stuck-1"
        configuration.settings.web.listen = [.init(host: "127.0.0.1", port: 0)]
        configuration.settings.web.probeListen = .init(host: "127.0.0.1", port: 0)
        configuration.settings.shutdown.drain = .milliseconds(200)
        configuration.settings.shutdown.grace = .seconds(3)
        configuration.settings.limits.stall = .seconds(3)
        switch arguments[1] {
        case "hang": try addHanging(to: &configuration)
        case "block": try addBlocking(to: &configuration)
        case "loop": try addLoopBlocking(to: &configuration)
        default: try addWell(to: &configuration)
        }
        var program = ProgramRegistrations()
        let progress = arguments[1] == "program" ? program.addProgressCounter("order-queue") : nil
        let environment = ExporterEnvironment(
            timeline: SystemTime.timeline(),
            group: MultiThreadedEventLoopGroup.singleton,
            log: LogOutput(configuration, wallClock: SystemWallClock()),
            termination: termination,
            program: program
        ) { failure in _exit(failure == nil ? 0 : 1) }
        let exporter = Exporter(configuration: configuration, environment: environment)
        try await withThrowingTaskGroup { group in
            group.addTask { try await exporter.run() }
            if let progress { group.addTask { try await goRound(progress) } }
            try await group.waitForAll()
        }
        withExtendedLifetime(sources) {}
    }

    private static let schedule = Schedule(
        interval: .milliseconds(500),
        timeout: .milliseconds(100),
        confirmInterval: .milliseconds(200)
    )

    /// A loop of the program that goes round for a while, and then hangs in what it does.
    private static func goRound(_ progress: ProgressCounter) async throws {
        for _ in 0..<100 {
            progress.advance()
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// One check that is well.
    private static func addWell(to configuration: inout ExporterConfiguration) throws {
        try configuration.registry.add(
            ComponentRegistration(name: "well", checks: [registration("well", "check", BlockingCheck(seconds: 0))])
        )
    }

    /// Ten checks that never return, and one that is well.
    private static func addHanging(to configuration: inout ExporterConfiguration) throws {
        let hanging = (0..<10).map { registration("hanging", "check-\($0)", HangingCheck()) }
        try configuration.registry.add(
            ComponentRegistration(name: "hanging", impact: .optional, startup: StartupRequirement.none, checks: hanging)
        )
        try addWell(to: &configuration)
    }

    /// More checks than the cooperative pool has threads; from their third run on, each blocks the thread it runs on.
    private static func addBlocking(to configuration: inout ExporterConfiguration) throws {
        let blocking = (0..<64).map { registration("blocking", "check-\($0)", BlockingCheck(seconds: 20)) }
        try configuration.registry.add(ComponentRegistration(name: "blocking", impact: .optional, checks: blocking))
    }

    /// A check whose handler blocks the event loop that it runs on, from its third run on.
    private static func addLoopBlocking(to configuration: inout ExporterConfiguration) throws {
        let check = registration("loop", "check", LoopBlockingCheck())
        try configuration.registry.add(ComponentRegistration(name: "loop", impact: .optional, checks: [check]))
    }

    private static func registration(_ component: String, _ check: String, _ body: any HealthCheck) -> Registration {
        Registration(id: CheckID(component: component, check: check), kind: "code", check: body, schedule: schedule)
    }
}

/// Answers once, and from then on never returns, whatever is asked of it.
private final class HangingCheck: HealthCheck {
    private let forgotten = Mutex<[CheckedContinuation<Void, Never>]>([])
    private let runs = Atomic<Int>(0)

    func run(_ context: RunContext) async throws -> CheckReport {
        if runs.wrappingAdd(1, ordering: .relaxed).oldValue > 0 {
            // Kept and never resumed, not even by cancellation.
            await withCheckedContinuation { continuation in forgotten.withLock { $0.append(continuation) } }
        }
        return CheckReport(.success)
    }
}

/// Blocks the thread it runs on, from the third run on.
private final class BlockingCheck: HealthCheck {
    private let runs = Atomic<Int>(0)
    private let seconds: UInt32

    init(seconds: UInt32) {
        self.seconds = seconds
    }

    func run(_ context: RunContext) async throws -> CheckReport {
        if seconds > 0, runs.wrappingAdd(1, ordering: .relaxed).oldValue > 1 { _ = sleep(seconds) }
        return CheckReport(.success)
    }
}

/// Blocks an event loop, as a badly written handler does.
private final class LoopBlockingCheck: HealthCheck {
    private let runs = Atomic<Int>(0)

    func run(_ context: RunContext) async throws -> CheckReport {
        if runs.wrappingAdd(1, ordering: .relaxed).oldValue == 2 {
            MultiThreadedEventLoopGroup.singleton.any().execute { _ = sleep(20) }
        }
        return CheckReport(.success)
    }
}
