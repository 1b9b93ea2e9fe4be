import HealthCore

/// What the status page shows of a group.
struct GroupFacts: Hashable, Sendable {
    /// The group's name.
    let name: String
    /// As it is shown, drills included.
    let status: HealthStatus
    /// How many of its members must be well, in words.
    let requirement: String
    /// What its status does to the service.
    let impact: Impact
    /// Who looks after it.
    let owner: String?
    /// What to do when it is red.
    let runbook: String?

    /// The facts of a group.
    init(_ group: HealthSnapshot.Group) {
        let registration = group.registration
        (name, status) = (registration.name, group.status)
        (impact, owner, runbook) = (registration.impact, registration.owner, registration.runbook)
        let memberCount = registration.members.count
        switch registration.requirement {
        case .all: requirement = "all of \(memberCount)"
        case .any: requirement = "any of \(memberCount)"
        case .atLeast(let count): requirement = "\(count) of \(memberCount)"
        }
    }
    /// How bad it is, as components have it.
    var severity: Int { status.severity * 8 + 4 + impact.weight }
}
