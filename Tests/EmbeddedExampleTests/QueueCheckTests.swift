import HealthCore
import HealthTesting
import Testing

/// Says how many orders wait; more than `limit` are too many.
struct QueueCheck: HealthCheck {
    let limit: Int
    let count: @Sendable () async throws -> Int

    static let waiting = Measurement(name: "orders_waiting", help: "Orders that wait.")

    var measurements: [Measurement] { [Self.waiting] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let count = try await count()
        return CheckReport(
            count > limit ? .failure(.threshold) : .success,
            "\(count) orders wait",
            measured: [MeasuredValue(Self.waiting, Double(count))]
        )
    }
}

struct QueueCheckTests {
    @Test(arguments: [(100, ResultKind.success), (101, .failure)])
    func aLongQueueFails(count: Int, expected: ResultKind) async {
        let run = await CheckTester(QueueCheck(limit: 100) { count }).run()
        #expect(run.kind == expected && run.message == "\(count) orders wait")
        #expect(run.value(of: QueueCheck.waiting) == Double(count))
    }

    @Test func anErrorOfTheQueueIsAFailure() async {
        let run = await CheckTester(QueueCheck(limit: 100) { throw ScriptedError() }).run()
        #expect(run.kind == .failure && run.reason == .error)
    }

    /// Returns only because the check reacts to the cancellation at its deadline.
    @Test(.timeLimit(.minutes(5))) func aQueueThatDoesNotAnswerTimesOut() async {
        let check = QueueCheck(limit: 100) {
            try await Task.sleep(for: .seconds(3600))
            return 0
        }
        let run = await CheckTester(check, timeout: .seconds(2)).runToDeadline()
        #expect(run.kind == .timeout && run.duration == .seconds(2))
    }

    @Test func twoLongQueuesInARowMakeTheComponentUnhealthy() throws {
        let simulation = try ComponentSimulation { clock in
            let check = QueueCheck(limit: 100) { clock.now.offset < .seconds(30) ? 7 : 200 }
            let registration = Registration(
                id: CheckID(component: "orders", check: "queue"),
                kind: "queue",
                check: check,
                schedule: Schedule(interval: .seconds(10), timeout: .seconds(2), confirmInterval: .seconds(1)),
                thresholds: Thresholds(failure: 2)
            )
            return ComponentRegistration(name: "orders", checks: [registration])
        }
        simulation.run(for: .seconds(29))
        #expect(simulation.status == .healthy && simulation.runs.allSatisfy { $0.run.kind == .success })
        simulation.run(for: .seconds(20))
        #expect(simulation.status == .unhealthy)
        #expect(simulation.runs.last?.run.reason == .threshold)
    }
}
