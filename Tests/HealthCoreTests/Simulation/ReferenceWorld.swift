import HealthCore
import HealthTesting

/// What the contract (§5.4, §5.7, §5.8) says about components, groups and the service, worked out anew from plain facts at every
/// update; written apart from the product's code.
struct ReferenceWorld {
    /// A drill that goes on.
    struct ReferenceDrill {
        let status: HealthStatus
        let affectsReadiness: Bool
        let until: Moment
    }

    /// All statuses at a moment.
    struct Picture {
        var real: [HealthStatus] = []
        var gating: [HealthStatus] = []
        var shown: [HealthStatus] = []
        var isIn: [Bool] = []
        var groups: [HealthStatus] = []
        var shownService = HealthStatus.healthy
        var gatingService = HealthStatus.healthy
        var isReady = false
        var flags: [Bool] = []
        var maintenance: [Bool] = []
        var causes: [String] = []
    }

    private(set) var registry = CheckRegistry()
    private(set) var drills: [String: ReferenceDrill] = [:]
    var suppressed: [String: (roots: [String], end: Moment?)] = [:]
    private(set) var hasStarted = false
    private var hasBeenReady = false
    private var hasRegistry = false
    private var satisfied: Set<String> = []
    var wallOffset = Duration.zero
    var coverage = Coverage()

    /// Applies a registry; drills and suppressions of what is gone are gone.
    mutating func apply(_ registry: CheckRegistry) {
        self.registry = registry
        hasRegistry = true
        let names = Set(registry.components.map(\.registration.name))
        for name in drills.keys.filter({ !names.contains($0) }) { drills[name] = nil }
        for name in suppressed.keys.filter({ !names.contains($0) }) { suppressed[name] = nil }
        if hasStarted { return }
        let waiting = names.union(registry.groups.map(\.name))
        // Start-up waits for a group, and not for its members.
        satisfied.formIntersection(waiting)
        satisfied.subtract(registry.groups.flatMap(\.members))
    }

    mutating func setDrill(_ name: String, _ drill: ReferenceDrill?) {
        drills[name] = drill
    }

    /// Works out every status, and remembers what lasts.
    mutating func update(at now: Moment, _ files: [CheckHandle: CheckFile]) -> Picture {
        for (name, drill) in drills where drill.until < now {
            drills[name] = nil
            coverage.record(.drillEndedByTime)
        }
        var picture = statuses(at: now, files)
        start(picture, files, at: now)
        finish(&picture, files)
        picture.isReady = hasStarted && picture.gatingService < .unknown
        if picture.isReady, !hasBeenReady {
            hasBeenReady = true
            finish(&picture, files)
        }
        updateSuppression(picture, at: now)
        return picture
    }

    private func statuses(at now: Moment, _ files: [CheckHandle: CheckFile]) -> Picture {
        var picture = Picture()
        let wall = Timestamp.newYear2026.advanced(by: .nanoseconds(now.nanoseconds)).advanced(by: wallOffset)
        for component in registry.components {
            let name = component.registration.name
            let counted = component.handles.compactMap { files[$0] }.filter { $0.counts(at: now) }
            let real = counted.map { $0.status(at: now) }.max() ?? .unknown
            let drill = drills[name]
            picture.real.append(real)
            picture.isIn.append(!counted.isEmpty)
            picture.shown.append(drill.map { max($0.status, real) } ?? real)
            picture.gating.append(drill.map { $0.affectsReadiness ? max($0.status, real) : real } ?? real)
            picture.maintenance.append(
                registry.maintenance.contains { window in
                    window.components?.contains(name) ?? true && Self.isOn(window, wall)
                }
            )
        }
        return picture
    }

    private static func isOn(_ window: MaintenanceWindow, _ wall: Timestamp) -> Bool {
        switch window.time {
        case .once(let from, let until): return from <= wall && wall < until
        case .weekly(let weekly):
            let second = wall.nanosecondsSinceEpoch / 1_000_000_000
            // 1970-01-01 was a Thursday; the zone is UTC here.
            return (0...8).contains { back in
                let day = second / 86_400 - Int64(back)
                let start = day * 86_400 + Int64(weekly.startOfDay)
                let length = weekly.length.wholeNanoseconds
                let since = wall.nanosecondsSinceEpoch - start * 1_000_000_000
                return weekly.days.contains(Int((day + 4) % 7)) && since >= 0 && since < length
            }
        }
    }

    func index(_ name: String) -> Int? {
        registry.components.firstIndex { $0.registration.name == name }
    }

    private func group(of name: String) -> GroupRegistration? {
        registry.groups.first { $0.members.contains(name) }
    }

    /// The n-th best of those members that are in; nil when none is.
    func status(of group: GroupRegistration, _ statuses: [HealthStatus], _ isIn: [Bool]) -> HealthStatus? {
        let sorted = group.members.compactMap { index($0) }.filter { isIn[$0] }.map { statuses[$0] }.sorted()
        guard !sorted.isEmpty else { return nil }
        switch group.requirement {
        case .all: return sorted[sorted.count - 1]
        case .any: return sorted[0]
        case .atLeast(let number): return sorted[min(number, sorted.count) - 1]
        }
    }

    private func passed(_ status: HealthStatus, impact: Impact, scope: Scope) -> HealthStatus {
        let byImpact: HealthStatus =
            switch impact {
            case .critical: status
            case .optional: status > .degraded ? .degraded : status
            case .informational: .healthy
            }
        return scope == .shared && hasBeenReady && byImpact > .degraded ? .degraded : byImpact
    }

    /// What each component's unit passes up, and the worst of all.
    private func service(
        _ statuses: [HealthStatus],
        _ isIn: [Bool]
    ) -> (worst: HealthStatus, byComponent: [HealthStatus]) {
        var byComponent = Array(repeating: HealthStatus.healthy, count: statuses.count)
        for (number, component) in registry.components.enumerated() {
            let registration = component.registration
            if let group = group(of: registration.name) {
                guard let status = status(of: group, statuses, isIn) else { continue }
                byComponent[number] = passed(status, impact: group.impact, scope: group.scope)
            } else if isIn[number] {
                byComponent[number] = passed(statuses[number], impact: registration.impact, scope: registration.scope)
            }
        }
        return (byComponent.max() ?? .healthy, byComponent)
    }

    private func finish(_ picture: inout Picture, _ files: [CheckHandle: CheckFile]) {
        let drilled = registry.components.map { drills[$0.registration.name] }
        let shownIn = zip(picture.isIn, drilled).map { $0 || $1 != nil }
        let gatingIn = zip(picture.isIn, drilled).map { $0 || $1?.affectsReadiness == true }
        // What has not joined counts with its drill alone, whatever it shows itself.
        let shown = picture.shown.indices.map { picture.isIn[$0] ? picture.shown[$0] : drilled[$0]?.status ?? .unknown }
        let gates = picture.gating.indices.map {
            picture.isIn[$0] ? picture.gating[$0] : drilled[$0]?.status ?? .unknown
        }
        picture.shownService = service(shown, shownIn).worst
        let gating = service(gates, gatingIn)
        picture.gatingService = gating.worst
        picture.groups = registry.groups.map { status(of: $0, shown, shownIn) ?? .unknown }
        picture.flags = registry.flags.map { flag in
            let needs = flag.requires.map { name in
                if let group = registry.groups.first(where: { $0.name == name }) {
                    return status(of: group, gates, gatingIn) ?? .unknown
                }
                return index(name).map { picture.gating[$0] } ?? .unknown
            }
            if needs.contains(.unhealthy) { return false }
            return needs.contains(.unknown) ? flag.defaultValue : true
        }
    }

    /// By the checks alone that may block start-up.
    private func statusForStartup(
        of group: GroupRegistration,
        _ startupChecks: (Int) -> [CheckFile],
        at now: Moment
    ) -> HealthStatus {
        let statuses = registry.components.indices.map { startupChecks($0).map { $0.status(at: now) }.max() }
        return status(of: group, statuses.map { $0 ?? .unknown }, statuses.map { $0 != nil }) ?? .healthy
    }

    /// Start-up waits for each component once.
    private mutating func start(_ picture: Picture, _ files: [CheckHandle: CheckFile], at now: Moment) {
        guard !hasStarted, hasRegistry else { return }
        func startupChecks(_ component: Int) -> [CheckFile] {
            registry.components[component].handles.compactMap { files[$0] }.filter(\.isStartupCheck)
        }
        func isPending(_ component: Int) -> Bool { startupChecks(component).contains { $0.kinds.isEmpty } }
        var waiting: [String] = []
        for (number, component) in registry.components.enumerated() where group(of: component.registration.name) == nil
        {
            let isDone =
                switch component.registration.startup {
                case .none: true
                case .result: !isPending(number)
                case .healthy: startupChecks(number).allSatisfy { $0.status(at: now) == .healthy }
                }
            if isDone { satisfied.insert(component.registration.name) }
            waiting.append(component.registration.name)
        }
        for group in registry.groups {
            let status = status(of: group, picture.real, picture.isIn) ?? .unknown
            let isDone =
                switch group.startup {
                case .none: true
                case .result: status != .unknown || !group.members.compactMap { index($0) }.contains { isPending($0) }
                case .healthy: status == .healthy || statusForStartup(of: group, startupChecks, at: now) == .healthy
                }
            if isDone { satisfied.insert(group.name) }
            waiting.append(group.name)
        }
        hasStarted = waiting.allSatisfy { satisfied.contains($0) }
    }
}
