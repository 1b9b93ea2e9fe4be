import HealthTesting
import Testing

@testable import HealthCore

/// Which components' alerts are suppressed, from the statuses without drills alone.
@Suite struct AlertSuppressionTests {
    /// The part with a tree of statuses, and what happened as short texts.
    private struct Stage {
        let hierarchy: Hierarchy
        var tree: StatusTree
        var suppression: AlertSuppression
        var second = 0.0
        var events: [String] = []

        /// `app` depends on `db` and on the group `caches` of `c0` and `c1`; `db` depends on `net`.
        init(_ windows: [MaintenanceWindow] = []) throws {
            var registry = CheckRegistry()
            for (name, needs) in [("app", ["db", "caches"]), ("db", ["net"]), ("net", []), ("c0", []), ("c1", [])] {
                try registry.add(ComponentRegistration.of(name, needs: needs))
            }
            try registry.add(GroupRegistration(name: "caches", members: ["c0", "c1"], requirement: .any))
            for window in windows { try registry.add(window) }
            self.init(registry)
        }

        init(_ registry: CheckRegistry) {
            hierarchy = Hierarchy(registry)
            tree = StatusTree(hierarchy)
            let states = Table<ComponentIndex, Suppression>(repeating: Suppression(), count: registry.components.count)
            suppression = AlertSuppression(registry, hierarchy, states: states)
            for component in hierarchy.unitOfComponent.indices { tree.set(.healthy, of: component) }
        }

        var now: StatusTime {
            StatusTime(moment: .seconds(second), timestamp: .newYear2026.advanced(by: .seconds(second)))
        }

        func index(_ name: String) -> ComponentIndex? {
            if case .component(let index) = hierarchy.node(named: name) { index } else { nil }
        }

        /// A component has a status from now on; `node` is what then changed.
        mutating func set(_ status: HealthStatus, _ name: String, changing node: String? = nil) {
            guard let index = index(name) else { return }
            tree.set(status, of: index)
            append(suppression.update(index, in: tree, at: now))
            for name in [name, node].compactMap(\.self) {
                guard let node = hierarchy.node(named: name) else { continue }
                append(suppression.updateDependents(of: node, in: tree, at: now))
            }
        }

        mutating func expire() {
            suppression.beginDeferral()
            append(suppression.endDeferral(in: tree, at: now))
        }

        mutating func append(_ new: [StatusEvent]) {
            events += new.map { event in
                switch event {
                case .suppressionStarted(let name, let reason, let roots):
                    "+\(name) \(([reason.rawValue] + roots).joined(separator: " "))"
                case .suppressionEnded(let name, let reason): "-\(name) \(reason.rawValue)"
                default: "other"
                }
            }
        }

        mutating func drain() -> [String] {
            defer { events = [] }
            return events
        }
    }

    @Test func whatIsDownSuppressesWhatIsUnhealthyAndDependsOnIt() throws {
        var stage = try Stage()
        stage.set(.unhealthy, "db")
        #expect(stage.drain().isEmpty, "nothing that depends on it is unhealthy yet")
        stage.set(.unhealthy, "app")
        #expect(stage.drain() == ["+app dependency db"])
        stage.set(.unhealthy, "net")
        #expect(stage.drain() == ["+db dependency net"])
        #expect(stage.suppression.states[try #require(stage.index("app"))].rootCauses == ["net"])
    }

    /// `app` depends on `db`, and that on `net`, which warns at most.
    @Test func aWarningSuppressesNoPage() throws {
        var registry = CheckRegistry()
        try registry.add(ComponentRegistration.of("app", needs: ["db"]))
        try registry.add(ComponentRegistration.of("db", needs: ["net"]))
        try registry.add(ComponentRegistration.of("search", needs: ["net"], impact: .optional))
        try registry.add(ComponentRegistration.of("net", impact: .informational))
        var stage = Stage(registry)
        for name in ["net", "search", "db", "app"] { stage.set(.unhealthy, name) }
        #expect(stage.drain() == ["+search dependency net", "+app dependency db"])
    }

    @Test func aMemberOfACriticalGroupIsNotLeftToAWarning() throws {
        var registry = CheckRegistry()
        try registry.add(ComponentRegistration.of("c0", needs: ["net"]))
        try registry.add(ComponentRegistration.of("c1", needs: ["power"]))
        try registry.add(ComponentRegistration.of("net", impact: .optional))
        try registry.add(ComponentRegistration.of("power"))
        try registry.add(GroupRegistration(name: "caches", members: ["c0", "c1"], requirement: .any))
        var stage = Stage(registry)
        for name in ["net", "power", "c0", "c1"] { stage.set(.unhealthy, name) }
        #expect(stage.drain() == ["+c1 dependency power"])
    }

    @Test func aMemberOfAGroupIsNoPage() throws {
        var registry = CheckRegistry()
        try registry.add(ComponentRegistration.of("app", needs: ["c0"]))
        for name in ["c0", "c1"] { try registry.add(ComponentRegistration.of(name)) }
        try registry.add(GroupRegistration(name: "caches", members: ["c0", "c1"], requirement: .any))
        var stage = Stage(registry)
        for name in ["c0", "app"] { stage.set(.unhealthy, name) }
        #expect(stage.drain().isEmpty)
    }

    @Test func recoveryEndsItAtOnce() throws {
        var stage = try Stage()
        stage.set(.unhealthy, "db")
        stage.set(.unhealthy, "app")
        stage.set(.healthy, "app")
        #expect(stage.drain() == ["+app dependency db", "-app dependency"])
    }

    @Test func itLastsAnIntervalAndATimeoutAfterTheDependencyRecovered() throws {
        var stage = try Stage()
        stage.set(.unhealthy, "db")
        stage.set(.unhealthy, "app")
        stage.second = 5
        stage.set(.healthy, "db")
        #expect(stage.drain() == ["+app dependency db"])
        #expect(stage.suppression.nextExpiry == .seconds(17))
        stage.second = 17
        stage.expire()
        #expect(stage.drain().isEmpty)
        stage.second = 17.5
        stage.expire()
        #expect(stage.drain() == ["-app dependency"])
    }

    @Test func aGroupIsDownWhenItsRequirementIsNotMet() throws {
        var stage = try Stage()
        stage.set(.unhealthy, "app")
        stage.set(.unhealthy, "c0")
        #expect(stage.drain().isEmpty)
        stage.set(.unhealthy, "c1", changing: "caches")
        #expect(stage.drain() == ["+app dependency caches"])
    }

    @Test func maintenanceSuppressesAComponentAndNothingThatDependsOnIt() throws {
        let start = Timestamp.newYear2026.advanced(by: .seconds(10))
        let window = MaintenanceWindow(
            components: ["db"],
            time: .once(from: start, until: start.advanced(by: .seconds(10)))
        )
        var stage = try Stage([window])
        stage.append(stage.suppression.updateMaintenance(in: stage.tree, at: stage.now))
        #expect(stage.drain().isEmpty && !stage.suppression.isMaintenanceDue(at: stage.now.timestamp))
        stage.second = 10
        #expect(stage.suppression.isMaintenanceDue(at: stage.now.timestamp))
        stage.append(stage.suppression.updateMaintenance(in: stage.tree, at: stage.now))
        stage.set(.unhealthy, "db")
        stage.set(.unhealthy, "app")
        #expect(stage.drain() == ["+db maintenance"])
        let app = try #require(stage.index("app"))
        #expect(!stage.suppression.isSuppressed(app, becoming: .unhealthy, in: stage.tree))
        stage.second = 20
        stage.append(stage.suppression.updateMaintenance(in: stage.tree, at: stage.now))
        #expect(stage.drain() == ["-db maintenance", "+app dependency db"])
    }

    @Test func whatChangesAtTheSameMomentCountsTogether() throws {
        var stage = try Stage()
        stage.set(.unhealthy, "db")
        stage.suppression.beginDeferral()
        stage.set(.unhealthy, "app")
        stage.set(.unknown, "db")
        stage.append(stage.suppression.endDeferral(in: stage.tree, at: stage.now))
        #expect(stage.drain().isEmpty)
    }

    @Test func tellsWhetherAComponentWillBeSuppressed() throws {
        var stage = try Stage()
        let app = try #require(stage.index("app"))
        stage.set(.unhealthy, "db")
        #expect(stage.suppression.isSuppressed(app, becoming: .unhealthy, in: stage.tree))
        #expect(!stage.suppression.isSuppressed(app, becoming: .healthy, in: stage.tree))
    }
}
