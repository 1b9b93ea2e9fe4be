import HealthCore
import HealthExporter
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization

/// A shop that takes orders, and tells how it is: `shop CONFIGURATION PORT`.
@main
struct Shop {
    static func main() async throws {
        let orders = Orders()
        var options = HealthService.Options(configurationFile: CommandLine.arguments[1])
        options.servesMainListener = false
        var worker = Worker(orders: orders)
        var catalogue: StartupTask?
        let health = HealthService.orExit(options) { program in
            // A component whose check is code, beside those of the file.
            let depth = Registration(
                id: CheckID(component: "orders", check: "depth"),
                kind: "orders",
                check: OrdersCheck(orders: orders),
                schedule: Schedule(interval: .seconds(1), timeout: .milliseconds(200)),
                thresholds: Thresholds(failure: 1)
            )
            program.add(ComponentRegistration(name: "orders", owner: "team-shop", checks: [depth]))
            // A queue that `runtime` checks of the file can name.
            program.addQueue("orders") { orders.count }
            // Start-up waits for it, and `/startupz` says so.
            catalogue = program.addStartupTask("catalogue")
            // `/livez` fails when the worker stops going round.
            worker.progress = program.addProgressCounter("worker")
        }

        let router = Router()
        router.post("/orders") { _, _ in
            orders.add()
            return HTTPResponse.Status.accepted
        }
        router.put("/catalogue") { [catalogue] _, _ in
            catalogue?.finish()
            return HTTPResponse.Status.noContent
        }
        health.addRoutes(to: router)
        let port = Int(CommandLine.arguments[2]) ?? 8080
        let web = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))

        // What comes last stops first: the service is not ready, drains, and only then the rest stops.
        let group = ServiceGroup(
            services: [web, worker, health],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "shop") { _ in SwiftLogNoOpLogHandler() }
        )
        try await group.run()
    }
}

/// Orders that wait to be worked off.
final class Orders: Sendable {
    private let waiting = Atomic<Int>(0)

    var count: Int { waiting.load(ordering: .relaxed) }

    func add() {
        waiting.add(1, ordering: .relaxed)
    }

    func workOff() {
        if count > 0 { waiting.subtract(1, ordering: .relaxed) }
    }
}

/// Looks how many orders wait.
struct OrdersCheck: HealthCheck {
    let orders: Orders

    static let depth = Measurement(name: "shop_orders_waiting", help: "Orders that wait.")

    var measurements: [Measurement] { [Self.depth] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let count = orders.count
        let verdict: CheckReport.Verdict = count < 10 ? .success : .degraded(.threshold)
        return CheckReport(verdict, "\(count) orders wait", measured: [MeasuredValue(Self.depth, Double(count))])
    }
}

/// Works orders off, one every other second.
struct Worker: Service {
    let orders: Orders
    var progress: ProgressCounter?

    func run() async throws {
        for await _ in ticks.cancelOnGracefulShutdown() {
            progress?.advance()
            orders.workOff()
        }
    }

    private var ticks: AsyncStream<Void> {
        AsyncStream { try? await Task.sleep(for: .seconds(2)) }
    }
}
