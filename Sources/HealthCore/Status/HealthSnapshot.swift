/// Everything that is known about status, copied at one moment for documents and pages.
package struct HealthSnapshot: Sendable {
    /// A component of the snapshot.
    package typealias Component = ComponentRecord
    /// A check of the snapshot.
    package typealias Check = CheckRecord

    /// The verdict of the same moment.
    package let verdict: HealthVerdict
    /// In the order of registration.
    package let components: Table<ComponentIndex, ComponentRecord>
    /// In the order of registration.
    package let checks: Table<CheckIndex, CheckRecord>
    private let suppressions: Table<ComponentIndex, Suppression>
    private let isSuppressionPossible: Table<ComponentIndex, Bool>
    /// In the order of registration.
    package let groups: [Group]
    /// In the order of registration.
    package let flags: [Flag]

    /// A group with its status.
    package struct Group: Sendable {
        /// Its name, its members and its requirement.
        package let registration: GroupRegistration
        /// As it is shown, drills included.
        package let status: HealthStatus
        /// As readiness sees it.
        package let gatingStatus: HealthStatus
    }

    /// A flag with its value.
    package struct Flag: Sendable, Equatable {
        /// Unique among flags.
        package let name: String
        /// Its value.
        package let isOn: Bool
        /// Whether the value is the default, because the status of something that it requires is unknown.
        package let isDefault: Bool
        /// The components and groups that it requires.
        package let requires: [String]
    }

    /// A copy of a board; components and checks are shared with it until it changes.
    init(_ board: StatusBoard, verdict: HealthVerdict) {
        let views = board.service.views
        self.verdict = verdict
        components = board.service.components
        checks = board.checks
        suppressions = board.service.suppression.states
        isSuppressionPossible = board.service.suppression.isPossible
        groups = views.hierarchy.groups.indices.map { group in
            Group(
                registration: views.hierarchy.groups[group],
                status: views.shown.status(of: group) ?? .unknown,
                gatingStatus: views.gating.status(of: group) ?? .unknown
            )
        }
        flags = board.flags.map { flag in
            let statuses = flag.requires.map { name in
                switch views.hierarchy.node(named: name) {
                case .component(let index): board.service.components[index].state.gatingStatus
                case .group(let index): views.gating.status(of: index) ?? .unknown
                case nil: HealthStatus.unknown
                }
            }
            return Flag(
                name: flag.name,
                isOn: flag.isOn(statuses),
                isDefault: statuses.max() == .unknown,
                requires: flag.requires
            )
        }
    }

    /// Whether alerts about a component are suppressed, and why.
    package func suppression(of component: ComponentRecord) -> Suppression {
        suppressions[component.index]
    }

    /// Whether alerts about a component can be suppressed at all: by a dependency or a window that is configured.
    package func isSuppressible(_ component: ComponentRecord) -> Bool {
        isSuppressionPossible[component.index]
    }

    /// Why readiness sees a component other than healthy.
    package func gatingReason(of component: ComponentRecord) -> FailureReason? {
        component.gatingReason(in: checks)
    }

    /// Why everybody sees a component other than healthy: its drill when that is worse than the truth, else the reason of
    /// its first check that has its status.
    package func reason(of component: ComponentRecord) -> FailureReason? {
        component.reason(in: checks)
    }
}
