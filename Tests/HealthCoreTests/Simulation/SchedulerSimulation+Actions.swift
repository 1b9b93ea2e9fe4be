import HealthCore
import HealthTesting

/// What operators, reloads and clocks do while it runs.
extension SchedulerSimulation {
    /// Does what the plan says.
    mutating func perform(_ action: SimulationPlan.Action) throws {
        compareEverything()
        switch action {
        case .add: addComponent()
        case .remove: removeComponent()
        case .change: changeCheck()
        case .rearrange: components.shuffle(using: &plan.generator)
        case .reload: reload()
        case .shorten: shorten()
        case .drill: return startDrill()
        case .endDrill: return endDrill()
        case .stepClock: return stepClock()
        case .suspend: return suspend()
        }
        try apply()
    }

    mutating func addComponent() {
        // A name may come back after its removal, or as another component.
        let name = "k\(componentCount % 5)"
        componentCount += 1
        components.removeAll { $0.name == name }
        // Only what comes before it in the alphabet: so there is no ring.
        let dependencies = components.map(\.name).filter { $0 < name && plan.generator.oneIn(2) }
        components.append(factory.component(name, needing: dependencies, using: &plan.generator))
    }

    private mutating func removeComponent() {
        guard let victim = components.indices.randomElement(using: &plan.generator) else { return }
        components.remove(at: victim)
    }

    /// One check becomes another one of the same name.
    private mutating func changeCheck() {
        guard let index = components.indices.randomElement(using: &plan.generator) else { return }
        var checks = components[index].checks
        guard let victim = checks.indices.randomElement(using: &plan.generator) else { return }
        checks[victim] = factory.check("\(checks[victim].id)", using: &plan.generator)
        components[index] = components[index].with(checks: checks)
    }

    /// Another registry: some components stay, some are other ones now, in any order.
    private mutating func reload() {
        referee.coverage.record(.reload)
        components = components.filter { _ in !plan.generator.oneIn(3) }
        for _ in 0..<Int.random(in: 0...3, using: &plan.generator) { addComponent() }
        components.shuffle(using: &plan.generator)
        for index in components.indices {
            let dependencies = components.map(\.name).filter { $0 < components[index].name && plan.generator.oneIn(2) }
            components[index] = components[index].with(dependencies: dependencies)
        }
        for _ in 0..<Int.random(in: 0...3, using: &plan.generator) { changeCheck() }
    }

    /// One check has a shorter age from now on, which its last result may have passed.
    private mutating func shorten() {
        guard let index = components.indices.randomElement(using: &plan.generator) else { return }
        var checks = components[index].checks
        guard let victim = checks.indices.randomElement(using: &plan.generator) else { return }
        checks[victim] = factory.check(
            "\(checks[victim].id)",
            schedule: Schedule(interval: .milliseconds(300), timeout: .milliseconds(100)),
            using: &plan.generator
        )
        components[index] = components[index].with(checks: checks)
    }

    /// Where histograms can't go on, because a latency bound is gone, all checks of the component are other ones.
    mutating func renewWhatCannotGoOn() {
        let before = Dictionary(
            uniqueKeysWithValues: registry.components.map { ($0.registration.name, $0.registration) }
        )
        for (index, component) in components.enumerated() {
            guard let old = before[component.name], !Buckets.canGoOn(from: old, to: component) else { continue }
            let scripts = Set(old.checks.map(\.kind))
            let checks = component.checks.map { check in
                scripts.contains(check.kind) ? factory.check("\(check.id)", using: &plan.generator) : check
            }
            components[index] = component.with(checks: checks)
        }
    }

    private mutating func startDrill() {
        guard let name = components.randomElement(using: &plan.generator)?.name else { return }
        let status = plan.generator.oneIn(3) ? HealthStatus.degraded : .unhealthy
        let length = Duration.milliseconds(Int.random(in: 500...60_000, using: &plan.generator))
        let affectsReadiness = plan.generator.oneIn(2)
        let drill = store.startDrill(
            of: name,
            as: status,
            for: length,
            affectsReadiness: affectsReadiness,
            reason: "",
            by: ""
        )
        referee.require(drill != nil, "\(name): no drill", at: timeline.moment)
        referee.coverage.record(referee.world.drills[name] == nil ? .drill : .drillReplaced)
        let until = timeline.moment.advanced(by: length)
        referee.world.setDrill(name, .init(status: status, affectsReadiness: affectsReadiness, until: until))
        compareStatus()
    }

    private mutating func endDrill() {
        guard let name = components.randomElement(using: &plan.generator)?.name else { return }
        let isOn = referee.world.drills[name] != nil
        referee.require(store.endDrill(of: name) == isOn, "\(name): wrong word about its drill", at: timeline.moment)
        referee.coverage.record(.drillEndedByHand, if: isOn)
        referee.world.setDrill(name, nil)
        compareStatus()
    }

    private mutating func stepClock() {
        let step = Duration.milliseconds(Int.random(in: -7_200_000...7_200_000, using: &plan.generator))
        wallClock.set(wallClock.now.advanced(by: step))
        referee.world.wallOffset += step
        referee.coverage.record(.clockStep)
        compareStatus()
    }

    /// The process stands still for a while, as under SIGSTOP or when the machine sleeps.
    private mutating func suspend() {
        let length = Duration.milliseconds(Int.random(in: 10...60_000, using: &plan.generator))
        let from = timeline.moment
        simulation.clock.jump(by: length)
        referee.suspensions.append((from, timeline.moment))
        referee.coverage.record(.suspension)
    }
}
