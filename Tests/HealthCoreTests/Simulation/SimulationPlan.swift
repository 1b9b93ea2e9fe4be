import HealthCore
import HealthTesting

/// What a seed stands for: settings, components, and what is added and removed while they run.
struct SimulationPlan {
    /// A change of the registry at run time.
    enum Action: CaseIterable {
        case add, remove, change, rearrange, reload, shorten, drill, endDrill, stepClock, suspend
    }

    let limits: Agenda.Limits
    let length: Duration
    let initialComponents: Int
    let actions: [(moment: Moment, action: Action)]
    /// Draws everything that comes after the plan.
    var generator: SeededGenerator

    /// A plan of these parts; the actions come in the order of their moments.
    init(
        limits: Agenda.Limits,
        length: Duration,
        initialComponents: Int,
        actions: [(moment: Moment, action: Action)],
        generator: SeededGenerator
    ) {
        self.limits = limits
        self.length = length
        self.initialComponents = initialComponents
        self.actions = actions
        self.generator = generator
    }

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let isTight = random.oneIn(3)
        limits = Agenda.Limits(
            runsInFlight: isTight ? Int.random(in: 1...3, using: &random) : 10_000,
            runsOverdue: isTight && random.oneIn(2) ? Int.random(in: 0...2, using: &random) : 1000
        )
        let seconds = Int.random(in: 45...165, using: &random)
        length = .seconds(seconds)
        initialComponents = Int.random(in: 1...3, using: &random)
        let actionCount = random.oneIn(4) ? 0 : Int.random(in: 1...12, using: &random)
        let moments = (0..<actionCount).map { _ in Int.random(in: 0...seconds * 1000, using: &random) }.sorted()
        var actions: [(Moment, Action)] = []
        for moment in moments {
            actions.append((.milliseconds(moment), Action.allCases.randomElement(using: &random) ?? .add))
        }
        self.actions = actions
        generator = random
    }
}

extension SeededGenerator {
    /// A random schedule; short intervals are as likely as long ones.
    mutating func schedule() -> Schedule {
        let interval = milliseconds(oneIn(4) ? 200...2000 : 2000...15_000)
        let timeout = share(of: interval, 0.02...0.95)
        return Schedule(
            interval: interval,
            timeout: timeout,
            confirmInterval: oneIn(2) ? nil : share(of: interval, 0.05...1),
            maximumAge: oneIn(2) ? nil : interval + timeout + share(of: interval, 0...2)
        )
    }

    /// A random policy that fits into a timeout; mostly none.
    mutating func retries(timeout: Duration) -> RetryPolicy? {
        guard oneIn(3) else { return nil }
        let backoff = max(share(of: timeout, 0.01...0.2), .microseconds(10))
        return RetryPolicy(
            attempts: Int.random(in: 1...3, using: &self),
            backoff: backoff,
            maximumBackoff: max(backoff, share(of: timeout, 0.1...0.3))
        )
    }

    /// Random settings of a breaker; mostly none.
    mutating func breaker(failureThreshold: Int) -> CircuitBreakerSettings? {
        guard oneIn(3) else { return nil }
        return CircuitBreakerSettings(
            failures: failureThreshold + Int.random(in: 0...3, using: &self),
            openFor: milliseconds(500...10_000),
            maximumOpenFor: milliseconds(500...30_000)
        )
    }

    /// A random group.
    mutating func group(_ name: String, _ members: [String]) -> GroupRegistration {
        let requirement: GroupRegistration.Requirement =
            switch Int.random(in: 0..<3, using: &self) {
            case 0: .all
            case 1: .any
            default: .atLeast(Int.random(in: 1...members.count, using: &self))
            }
        return GroupRegistration(
            name: name,
            members: members,
            requirement: requirement,
            impact: Impact.allCases.randomElement(using: &self) ?? .critical,
            scope: oneIn(4) ? .shared : .local,
            startup: oneIn(3) ? StartupRequirement.allCases.randomElement(using: &self) : nil
        )
    }

    /// A random window near a time.
    mutating func window(_ names: [String], around now: Timestamp) -> MaintenanceWindow {
        let start = now.advanced(by: .milliseconds(Int.random(in: -3_600_000...3_600_000, using: &self)))
        let length = Duration.seconds(Int.random(in: 1...3600, using: &self))
        let covered = oneIn(3) ? nil : names.filter { _ in oneIn(2) }
        if oneIn(2) {
            return MaintenanceWindow(components: covered, time: .once(from: start, until: start.advanced(by: length)))
        }
        let second = Int(start.nanosecondsSinceEpoch / 1_000_000_000 % 86_400)
        let days = Set((0...6).filter { _ in oneIn(2) })
        let weekly = WeeklyTime(days: days, startOfDay: second, length: length, zone: .utc)
        return MaintenanceWindow(components: covered, time: .weekly(weekly))
    }

    /// A random multiple of a duration, in whole nanoseconds.
    mutating func share(of duration: Duration, _ range: ClosedRange<Double>) -> Duration {
        .nanoseconds(Int64(Double(duration.wholeNanoseconds) * Double.random(in: range, using: &self)))
    }

    /// What the next run of a check in this mood does.
    mutating func behaviour(mood: Mood, timeout: Duration) -> ScriptedCheck.Behaviour {
        let most = oneIn(4) ? 10.0 : 1.0
        let latency = oneIn(10) ? .zero : share(of: timeout, 0...most)
        switch Int.random(in: 0..<100, using: &self) {
        case 0..<mood.successPercentage: return .report(.success, after: latency)
        case ..<55: return .failure(oneIn(2) ? .connectRefused : .authentication, after: latency)
        case ..<65: return .report(.failure(.assertion), after: latency)
        case ..<75: return .report(.degraded(.threshold), after: latency)
        case ..<80: return .error(after: latency)
        case ..<88: return .failure(.internal, after: latency)
        case ..<90: return .report(.failure(.internal), after: latency)
        case ..<99: return .ignoringCancellation(for: share(of: timeout, 0...10))
        default: return .ignoringCancellation(for: oneIn(3) ? .seconds(1_000_000) : timeout * 30)
        }
    }
}

/// What a scripted target is like for a while.
enum Mood: CaseIterable {
    case good, mixed, bad, broken

    fileprivate var successPercentage: Int {
        switch self {
        case .good: 97
        case .mixed: 50
        case .bad: 10
        case .broken: 0
        }
    }
}
