import BitCollections

/// Which checks and drills make the service other than healthy, by their status.
///
/// Says what changed since the list was last read, so that a result that changes nothing costs no new list.
struct CauseSets: Sendable {
    /// Something that makes the service other than healthy.
    enum Entry: Sendable, Equatable {
        case check(CheckIndex)
        case drill(ComponentIndex)
    }

    /// What changed in the list since it was last read.
    enum Change: Sendable, Equatable {
        case none
        /// The facts of the entry at a position of the list, and nothing else.
        case entry(Int, CheckIndex)
        /// Anything.
        case all
    }

    /// As many are listed.
    private let limit: Int
    private var checks = [BitSet](repeating: BitSet(), count: HealthStatus.allCases.count)
    private var drills = [BitSet](repeating: BitSet(), count: HealthStatus.allCases.count)
    private var listed: [Entry] = []
    private var change = Change.all

    /// Nothing is a cause.
    init(limit: Int = HealthVerdict.maximumCauses) {
        self.limit = limit
    }

    /// Updates whether a check is a cause, by what its unit passes up.
    mutating func update(_ index: CheckIndex, _ check: CheckRecord, in tree: StatusTree) {
        let status = check.state.status
        let isCause = check.hasJoined && tree.passesUp(status, by: tree.hierarchy.unitOfComponent[check.component])
        set(isCause ? status : nil, of: index)
    }

    /// Updates whether the drill of a component is a cause: when readiness sees it and not the truth.
    mutating func updateDrill(of component: ComponentRecord, in tree: StatusTree) {
        var status: HealthStatus?
        if component.state.gatesByDrill, let drilled = component.state.readinessDrill?.status,
            tree.passesUp(drilled, by: tree.hierarchy.unitOfComponent[component.index])
        {
            status = drilled
        }
        setDrill(status, of: component.index)
    }

    /// Makes a check with this status a cause; nil is none.
    mutating func set(_ status: HealthStatus?, of check: CheckIndex) {
        if Self.set(status, of: check.position, in: &checks) { change = .all }
    }

    /// Makes the drill of a component a cause; nil is none.
    mutating func setDrill(_ status: HealthStatus?, of component: ComponentIndex) {
        if Self.set(status, of: component.position, in: &drills) { change = .all }
    }

    /// A drill was replaced by another one, which may have the same status.
    mutating func drillChanged() {
        change = .all
    }

    /// The reason or the number of failures of a check changed, and not its status.
    mutating func factsChanged(of check: CheckIndex) {
        switch change {
        case .all: return
        case .entry(_, check): return
        case .entry: change = .all
        case .none:
            guard let position = listed.firstIndex(of: .check(check)) else { return }
            change = .entry(position, check)
        }
    }

    /// Returns what changed since the last call, and lists anew when that is more than an entry.
    mutating func readChange() -> Change {
        defer { change = .none }
        if change == .all { list() }
        return change
    }

    /// The causes of the last list: worst status first, drills before checks, then in order of registration.
    var entries: [Entry] { listed }

    private mutating func list() {
        listed.removeAll(keepingCapacity: true)
        for status in HealthStatus.allCases.reversed() where status > .healthy {
            for position in drills[status.severity] where listed.count < limit {
                listed.append(.drill(ComponentIndex(position: position)))
            }
            for position in checks[status.severity] {
                if listed.count == limit { return }
                listed.append(.check(CheckIndex(position: position)))
            }
        }
    }

    /// Returns whether something changed.
    private static func set(_ status: HealthStatus?, of position: Int, in sets: inout [BitSet]) -> Bool {
        var isChanged = false
        for severity in sets.indices {
            if severity == status?.severity {
                isChanged = sets[severity].insert(position).inserted || isChanged
            } else {
                isChanged = sets[severity].remove(position) != nil || isChanged
            }
        }
        return isChanged
    }
}
