import HealthCore
import HealthTesting

/// Makes checks that behave at random, and say in the log what they do.
struct SimulatedCheckFactory {
    private struct Script {
        var random: SeededGenerator
        var mood: Mood
        /// Runs to come that have nothing to report, or only an internal error.
        var prelude: [ScriptedCheck.Behaviour]
    }

    let clock: ManualClock
    let log: SimulationLog
    private(set) var scriptCount = 0

    init(clock: ManualClock, log: SimulationLog) {
        self.clock = clock
        self.log = log
    }

    /// A component with up to three checks; the kind of each is the number of its script.
    mutating func component(
        _ name: String,
        needing dependencies: [String],
        using random: inout SeededGenerator
    ) -> ComponentRegistration {
        let checks = (0..<Int.random(in: 1...3, using: &random)).map { number in
            check("\(name)/c\(number)", using: &random)
        }
        return ComponentRegistration(
            name: name,
            impact: Impact.allCases.randomElement(using: &random) ?? .critical,
            scope: random.oneIn(4) ? .shared : .local,
            dependencies: dependencies,
            startup: random.oneIn(3) ? StartupRequirement.allCases.randomElement(using: &random) : nil,
            checks: checks
        )
    }

    /// A check with a script of its own.
    mutating func check(
        _ name: String,
        schedule: Schedule? = nil,
        using random: inout SeededGenerator
    ) -> Registration {
        let schedule = schedule ?? random.schedule()
        let thresholds = Thresholds(
            failure: Int.random(in: 1...5, using: &random),
            success: Int.random(in: 1...3, using: &random)
        )
        defer { scriptCount += 1 }
        let names = name.split(separator: "/").map(String.init)
        return Registration(
            id: CheckID(component: names[0], check: names[1]),
            kind: String(scriptCount),
            check: scripted(timeout: schedule.timeout, using: &random),
            schedule: schedule,
            thresholds: thresholds,
            degradedAbove: random.oneIn(3) ? random.share(of: schedule.timeout, 0.1...0.9) : nil,
            retries: random.retries(timeout: schedule.timeout),
            breaker: random.breaker(failureThreshold: thresholds.failure)
        )
    }

    private func scripted(timeout: Duration, using random: inout SeededGenerator) -> ScriptedCheck {
        let (number, isHeartbeat) = (scriptCount, random.oneIn(4))
        var prelude: [ScriptedCheck.Behaviour] = []
        if isHeartbeat || random.oneIn(6) {
            let verdict: CheckReport.Verdict = isHeartbeat ? .pending : .failure(.internal)
            let runs = Int.random(in: 0...20, using: &random)
            prelude = (0..<runs).map { _ in .report(verdict, after: random.share(of: timeout, 0...1.1)) }
        }
        let script = Shared(Script(random: SeededGenerator(seed: random.next()), mood: .good, prelude: prelude))
        return ScriptedCheck(blocksStartup: !isHeartbeat) { [clock, log] _ in
            let behaviour = script.withLock { script in
                if let next = script.prelude.popLast() { return next }
                if isHeartbeat, script.random.oneIn(20) { return .report(.pending, after: .zero) }
                if script.random.oneIn(10) {
                    script.mood = Mood.allCases.randomElement(using: &script.random) ?? .good
                }
                return script.random.behaviour(mood: script.mood, timeout: timeout)
            }
            log.record(.entered(script: number, behaviour))
            defer { log.record(.left(script: number)) }
            return try await behaviour.play(on: clock)
        }
    }
}
