import HealthCore
import HealthTesting

@testable import HealthCoreParts

/// Sequences of actions on a real scheduler in virtual time, compared with a model written from the contract.
enum FuzzSimulation {
    /// Limits, length and actions, then the bytes that every further choice is drawn from.
    static func run(_ bytes: [UInt8]) throws {
        var simulation = SchedulerSimulation(plan: plan(bytes), seed: UInt64(bytes.count))
        try simulation.run()
        let violations = simulation.referee.violations
        require(violations.isEmpty, violations.joined(separator: "\n"))
    }

    private static func plan(_ bytes: [UInt8]) -> SimulationPlan {
        var input = FuzzInput(bytes)
        let choices = input.byte()
        let limits = Agenda.Limits(
            runsInFlight: choices & 1 == 0 ? 10_000 : 1 + Int(choices >> 1 & 3),
            runsOverdue: choices & 8 == 0 ? 1000 : Int(choices >> 4 & 3)
        )
        let seconds = 2 + input.number(below: 30)
        let components = 1 + input.number(below: 3)
        var actions: [(moment: Moment, action: SimulationPlan.Action)] = []
        for _ in 0..<input.number(below: 16) {
            let milliseconds = (Int(input.byte()) << 8 | Int(input.byte())) % (seconds * 1000)
            actions.append((.milliseconds(milliseconds), input.one(of: SimulationPlan.Action.allCases)))
        }
        return SimulationPlan(
            limits: limits,
            length: .seconds(seconds),
            initialComponents: components,
            actions: actions.sorted { $0.moment < $1.moment },
            generator: SeededGenerator(seed: 1, leading: input.remaining())
        )
    }
}
