package import HealthChecks
package import HealthCore

/// The keys that components and groups share.
package struct RoleSettings: Settings {
    package var impact = Impact.critical
    package var scope = Scope.local
    package var owner: String?
    package var runbook: String?
    /// Nil for what the impact makes of it.
    package var startup: StartupRequirement?

    /// The role of a component that says nothing: critical, local, without owner and runbook.
    package init() {}

    package static let keys: [SettingKey<RoleSettings>] = [
        SettingKey("impact", in: \.impact, as: .choice(), "What the component does to the service."),
        SettingKey(
            "scope",
            in: \.scope,
            as: .choice(),
            "local: a fault of it speaks about this instance; shared: all replicas share it."
        ),
        SettingKey("owner", in: \.owner, as: .text(), "Who looks after it.", traits: .public),
        SettingKey(
            "runbook",
            in: \.runbook,
            as: .runbook,
            "What to do when it is red; no user in it.",
            traits: .public
        ),
        SettingKey(
            "startup",
            in: \.startup,
            as: .choice(),
            "What start-up waits for.",
            default: "result for critical components, else false"
        ),
    ]
}

/// The keys of a component that `defaults.component` may give too.
package struct ComponentCommonSettings: Settings {
    package var role = RoleSettings()
    package var objective = 0.99
    package var buckets: [Duration]?

    /// What a component has without keys of its own and without `defaults.component`.
    package init() {}

    package static let keys: [SettingKey<ComponentCommonSettings>] =
        RoleSettings.keys.map { $0.within(\.role) } + [
            SettingKey("objective", in: \.objective, as: .objective, "The success ratio aimed at."),
            SettingKey("buckets", in: \.buckets, as: .buckets, "Latency bounds of all its checks, in seconds."),
        ]
}

/// An entry of `components`.
package struct ComponentSettings: Settings {
    package var common = ComponentCommonSettings()
    package var dependencies: [String] = []
    package var checks: [SettingEntry<ConfiguredCheck>] = []

    /// A component without dependencies and checks.
    package init() {}

    package static let keys: [SettingKey<ComponentSettings>] =
        ComponentCommonSettings.keys.map { $0.within(\.common) } + [
            SettingKey(
                "depends_on",
                in: \.dependencies,
                as: .references(.componentsAndGroups),
                "Components and groups that it needs; alerts are suppressed while one is down.",
                traits: .public
            ),
            // Read by the decoder of components: the keys of a check depend on its kind and on `defaults`.
            .custom("checks", as: .dictionary(.map([])), "The component's checks, by name.", traits: .required),
        ]

    /// Whether all but the checks is the same, also when one says what is the default of the other.
    func hasSameKeys(as other: ComponentSettings) -> Bool {
        func resolved(_ settings: ComponentSettings) -> ComponentSettings {
            var copy = settings
            copy.common.role.startup = settings.registration("", checks: []).startup
            copy.checks = []
            return copy
        }
        return resolved(self) == resolved(other)
    }

    /// The component that these describe.
    func registration(_ name: String, checks: [Registration]) -> ComponentRegistration {
        ComponentRegistration(
            name: name,
            impact: common.role.impact,
            scope: common.role.scope,
            owner: common.role.owner,
            runbook: common.role.runbook,
            objective: common.objective,
            dependencies: dependencies,
            startup: common.role.startup,
            buckets: common.buckets,
            checks: checks
        )
    }
}

/// An entry of `checks` of a component.
package struct ConfiguredCheck: Hashable, Sendable {
    /// The name of its kind, such as `http`.
    package var kind: String
    /// The keys that every kind has, `defaults` included.
    package var timing: TimingSettings
    /// The keys that only its kind has.
    package var own: AnyCheckSettings
    /// What is removed from its messages, in alphabetical order.
    package var secrets: [String]
}

/// The `defaults` section.
package struct DefaultsSettings: Settings {
    package var timing = TimingSettings()
    package var component = ComponentCommonSettings()
    package var proxy: ProxyChoice?

    /// The defaults of a file without `defaults`.
    package init() {}

    package static let keys: [SettingKey<DefaultsSettings>] =
        TimingSettings.keys.map { $0.within(\.timing) } + [
            SettingKey(
                "component",
                in: \.component,
                as: .object(ComponentCommonSettings.self),
                "Keys of components that leave them out."
            ),
            SettingKey(
                "proxy",
                in: \.proxy,
                as: .proxy,
                "The proxy of checks that leave it out and whose kind has the key.",
                default: "off"
            ),
        ]

    /// What is wrong in the defaults is reported even when no check uses them.
    package func validate(_ reader: SettingsReader) {
        TimingRules(timing, reader: reader, defaults: reader).validate()
    }
}

extension SettingType where Value == Double {
    fileprivate static var objective: SettingType {
        SettingType(
            .ratio,
            expected: "a ratio above 0 and at most 1, such as 99.5%",
            text: { SettingText.text(ofRatio: $0) },
            parse: { text in SettingText.ratio(text).flatMap { $0 > 0 ? $0 : nil } }
        )
    }
}

extension SettingType where Value == [Duration] {
    fileprivate static var buckets: SettingType {
        let bound = SettingType<Double>(.ratio, expected: "a number of seconds above 0, such as 0.005") { Double($0) }
        let list = SettingType<[Double]>.list(bound)
        return SettingType(list.shape) { place in
            guard let bounds = list.read(place, nil) else { return nil }
            let isAscending = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
            guard isAscending, bounds.allSatisfy({ $0 >= 1e-6 && $0 <= 86_400 }), (1...50).contains(bounds.count)
            else {
                place.problem("expected 1 to 50 ascending bounds from 0.000001 to 86400 seconds")
                return nil
            }
            return bounds.map { .nanoseconds(Int64(($0 * 1e9).rounded())) }
        }
    }
}

extension SettingType where Value == String {
    /// The address of a page for people.
    fileprivate static var runbook: SettingType {
        SettingType(.url(["http", "https"])) { place in
            var hasUser = false
            let text = place.scalar("an http or https URL of at most 256 characters") { text in
                do throws(RunbookAddress.Problem) {
                    _ = try RunbookAddress(text)
                    return text
                } catch {
                    hasUser = error == .hasUser
                    return hasUser ? text : nil
                }
            }
            guard hasUser else { return text }
            // The text is not quoted: it may hold a password.
            place.problem("a user or password does not belong here: everybody may read it")
            return nil
        }
    }
}
