import HealthCore

extension HealthSnapshot {
    /// The lines of `/startupz?verbose`: what start-up waits for and why, and what it needn't wait for any more.
    func startupLines(waitingFor names: [String]) -> [VerboseText.Line] {
        let units = startupUnits
        let known = Set(units.map(\.name))
        let waiting = Set(names)
        let tasks = names.filter { !known.contains($0) }.map { VerboseText.Line($0, problem: "pending") }
        return tasks + units.map { VerboseText.Line($0.name, problem: waiting.contains($0.name) ? $0.reason : nil) }
    }

    /// Components and groups that start-up waits for, or has waited for, with what keeps each from being well.
    private var startupUnits: [(name: String, reason: String)] {
        let single = components.filter { $0.group == nil && $0.registration.startup != .none }.map { component in
            let reason = gatingReason(of: component)?.rawValue ?? component.state.gatingStatus.rawValue
            // One that only has to have a result has none yet, whatever its other checks say.
            return (component.registration.name, component.registration.startup == .healthy ? reason : "pending")
        }
        let grouped = groups.filter { $0.registration.startup != .none }.map { group in
            (group.registration.name, group.registration.startup == .healthy ? group.gatingStatus.rawValue : "pending")
        }
        return single + grouped
    }
}
