import HealthCore

/// What the address of the status page says about what is shown.
struct StatusPageQuery: Hashable, Sendable {
    /// The order of the components.
    enum Sort: String, CaseIterable, Sendable {
        case worst, name, since, latency, ratio
    }

    /// How components are laid out.
    enum View: String, CaseIterable, Sendable {
        case list, cards
    }

    /// Shown are those whose name, owner, group or reason has every word of this text, in any case.
    var search = SearchText()
    /// Shown are those with this status.
    var status: HealthStatus?
    /// Shown are those of this owner.
    var owner = ""
    /// Shown are those of this impact.
    var impact: Impact?
    /// Shown are those in this group.
    var group = ""
    /// The order.
    var sort = Sort.worst
    /// The layout.
    var view = View.list
    /// Which past the bars show; nil means the usual one.
    var history: HistoryStep?

    /// Longer texts are cut off.
    private static let maximumText = 256

    /// Everything, worst first.
    init() {}

    /// What an address says; a value that there is not means the default.
    init(_ target: RequestTarget) {
        let text = { (name: String) in String((target.value(of: name) ?? "").prefix(Self.maximumText)) }
        search = SearchText(text("q"))
        status = HealthStatus(rawValue: text("status"))
        owner = text("owner")
        impact = Impact(rawValue: text("impact"))
        group = text("group")
        sort = Sort(rawValue: text("sort")) ?? .worst
        view = View(rawValue: text("view")) ?? .list
        history = HistoryStep(rawValue: text("history"))
    }

    /// Whether a component is shown.
    func includes(_ row: ComponentFacts) -> Bool {
        if let status, row.current.status != status { return false }
        if let impact, row.impact != impact { return false }
        if !owner.isEmpty, row.owner != owner { return false }
        if !group.isEmpty, row.group != group { return false }
        return search.isFound(
            in: [row.name, row.owner, row.group, row.current.confirming?.words],
            reason: row.current.reason
        )
    }

    /// The components in the order that is asked for; those that come first equally, worst first.
    func sorted(_ rows: [ComponentFacts]) -> [ComponentFacts] {
        let worstFirst = rows.sorted { ($1.severity, $0.name) < ($0.severity, $1.name) }
        switch sort {
        case .worst: return worstFirst
        case .name: return rows.sorted { $0.name < $1.name }
        case .since:
            return worstFirst.stablySorted {
                $0.current.second ?? 0
            } by: {
                $0 > $1
            }
        case .latency:
            return worstFirst.stablySorted {
                $0.measured.sortLatency
            } by: {
                $0 > $1
            }
        case .ratio:
            return worstFirst.stablySorted {
                $0.measured.sortRatio
            } by: {
                $0 < $1
            }
        }
    }
}

extension [ComponentFacts] {
    /// Equals stay in their order.
    fileprivate func stablySorted<Key: Comparable>(
        _ key: (ComponentFacts) -> Key,
        by isBefore: (Key, Key) -> Bool
    ) -> [ComponentFacts] {
        let keyed = enumerated().map { (key($1), $0) }
        let order = keyed.sorted { left, right in
            if isBefore(left.0, right.0) { return true }
            return isBefore(right.0, left.0) ? false : left.1 < right.1
        }
        return order.map { self[$0.1] }
    }
}
