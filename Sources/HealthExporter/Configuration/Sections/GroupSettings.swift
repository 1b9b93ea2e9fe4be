package import HealthChecks
package import HealthCore

/// An entry of `groups`.
package struct GroupSettings: Settings {
    package var members: [String] = []
    package var requirement = GroupRegistration.Requirement.all
    package var role = RoleSettings()

    /// A group without members yet, which requires all of them.
    package init() {}

    package static let keys: [SettingKey<GroupSettings>] =
        [
            SettingKey(
                "members",
                in: \.members,
                as: .references(.components),
                "Its components.",
                traits: [.required, .public]
            ),
            SettingKey(
                "require",
                in: \.requirement,
                as: .requirement,
                "How many members must be well: all, any or a number."
            ),
        ] + RoleSettings.keys.map { $0.within(\.role) }

    package func validate(_ reader: SettingsReader) {
        guard case .atLeast(let number) = requirement, number > members.count, !members.isEmpty else { return }
        let shown = reader.shown("require", "\(number)")
        reader.problem("require", "\(shown) is more than the \(members.count) members")
    }

    /// The group that these describe.
    func registration(_ name: String) -> GroupRegistration {
        GroupRegistration(
            name: name,
            members: members,
            requirement: requirement,
            impact: role.impact,
            scope: role.scope,
            owner: role.owner,
            runbook: role.runbook,
            startup: role.startup
        )
    }
}

/// An entry of `flags`.
package struct FlagSettings: Settings {
    package var requires: [String] = []
    package var defaultValue = true

    /// A flag that requires nothing yet, and is on while it is not known how components are.
    package init() {}

    package static let keys: [SettingKey<FlagSettings>] = [
        SettingKey(
            "requires",
            in: \.requires,
            as: .references(.componentsAndGroups),
            "Components and groups that must not be down.",
            traits: [.required, .public]
        ),
        SettingKey(
            "default",
            in: \.defaultValue,
            as: .boolean,
            "Its value while it is not known how they are."
        ),
    ]
}

extension SettingType where Value == GroupRegistration.Requirement {
    fileprivate static var requirement: SettingType {
        SettingType(
            .either(.choice(["all", "any"]), .integer(1...10_000)),
            expected: "all, any or a number of members",
            text: { $0.description },
            parse: { text in
                switch text {
                case "all": .all
                case "any": .any
                default: Int(text).flatMap { $0 >= 1 ? .atLeast($0) : nil }
                }
            }
        )
    }
}
