package import HealthChecks
package import HealthCore

/// An entry of `maintenance`: a time in which alerts are suppressed.
package struct MaintenanceSettings: Settings {
    /// Which components a window covers.
    package enum Coverage: Hashable, Sendable {
        case all
        case components([String])
    }

    package var coverage = Coverage.all
    package var from: Timestamp?
    package var until: Timestamp?
    package var weekly: WeeklySettings?

    /// All components, at no time yet: ``window`` is nil.
    package init() {}

    package static let keys: [SettingKey<MaintenanceSettings>] = [
        SettingKey(
            "components",
            in: \.coverage,
            as: .coverage,
            "The components it covers, or [all].",
            traits: [.required, .public]
        ),
        SettingKey("from", in: \.from, as: .timestamp, "When it begins, in RFC 3339."),
        SettingKey("until", in: \.until, as: .timestamp, "When it is over, in RFC 3339."),
        SettingKey(
            "weekly",
            in: \.weekly,
            as: .object(WeeklySettings.self),
            "A time that comes back every week, instead of from and until."
        ),
    ]

    package func validate(_ reader: SettingsReader) {
        if reader.has("weekly") {
            if reader.has("from") || reader.has("until") {
                reader.problem("weekly", "a window is either weekly or from a time until another")
            }
        } else if !reader.has("from") || !reader.has("until") {
            reader.problem("a window has `from` and `until`, or `weekly`")
        } else if let from, let until, from >= until {
            reader.problem("until", "must be later than `from`")
        }
    }

    /// The window that these describe; nil while something is missing.
    var window: MaintenanceWindow? {
        let time: MaintenanceWindow.Time? =
            if let weekly {
                weekly.time.map { .weekly($0) }
            } else if let from, let until {
                .once(from: from, until: until)
            } else {
                nil
            }
        let components: [String]? = if case .components(let names) = coverage { names } else { nil }
        return time.map { MaintenanceWindow(components: components, time: $0) }
    }
}

/// The `weekly` key of a maintenance window.
package struct WeeklySettings: Settings {
    /// In the order of ``WeeklyTime/days``.
    package enum Weekday: String, CaseIterable, Sendable {
        case sunday = "sun"
        case monday = "mon"
        case tuesday = "tue"
        case wednesday = "wed"
        case thursday = "thu"
        case friday = "fri"
        case saturday = "sat"
    }

    package var days: [Weekday] = []
    /// In seconds of the day.
    package var start: Int?
    package var length: Duration?
    package var zone = TimeZoneRules.utc

    /// In UTC, without days, start and length yet: ``time`` is nil.
    package init() {}

    private static let longest = Duration.seconds(7 * 86_400)

    package static let keys: [SettingKey<WeeklySettings>] = [
        SettingKey("days", in: \.days, as: .oneOrMore(.choice()), "Days on which it begins.", traits: .required),
        SettingKey(
            "at",
            in: \.start,
            as: .timeOfDay,
            "When it begins by the clocks of the time zone, such as 02:00.",
            traits: .required
        ),
        SettingKey(
            "for",
            in: \.length,
            as: .duration,
            "How long it lasts, at most \(SettingText.text(of: longest)).",
            traits: .required
        ),
        SettingKey("time_zone", in: \.zone, as: .timeZone, "The name of a time zone."),
    ]

    package func validate(_ reader: SettingsReader) {
        if case .list(let items, _) = reader.node("days"), items.isEmpty {
            reader.problem("days", "expected at least one day")
        }
        if let length, length > Self.longest {
            reader.problem("for", "expected at most \(SettingText.text(of: Self.longest))")
        }
    }

    /// The time that these describe; nil while something is missing.
    var time: WeeklyTime? {
        guard !days.isEmpty, let start, let length else { return nil }
        let numbers = days.compactMap { Weekday.allCases.firstIndex(of: $0) }
        return WeeklyTime(days: Set(numbers), startOfDay: start, length: length, zone: zone)
    }
}

extension SettingType where Value == MaintenanceSettings.Coverage {
    /// The word that stands for all components.
    private static var all: String { "all" }

    fileprivate static var coverage: SettingType {
        let names = SettingType<[String]>.references(.components, alternative: "; [\(all)] covers every one")
        return SettingType(names.shape) { place in
            guard case .list(let items, _) = place.node, items.contains(where: isAll) else {
                return names.read(place, nil).map { .components($0) }
            }
            if items.count > 1 { place.problem("`all` covers every component already: write [all] alone") }
            return .all
        }
    }

    private static func isAll(_ node: SettingNode) -> Bool {
        if case .scalar(let scalar, _) = node { scalar.text == all && scalar.fileTexts.isEmpty } else { false }
    }
}

extension SettingType where Value == Timestamp {
    fileprivate static var timestamp: SettingType {
        SettingType(.text(maximum: 64), expected: "a time such as 2026-12-01T22:00:00Z") { Timestamp(rfc3339: $0) }
    }
}

extension SettingType where Value == TimeZoneRules {
    fileprivate static var timeZone: SettingType {
        SettingType(
            .text(maximum: 64),
            expected: TimeZones.form,
            text: { $0.name },
            read: { place in
                place.scalar(TimeZones.form) { place.reader.inputs.timeZone($0) }
            }
        )
    }
}

extension SettingType where Value == Int {
    fileprivate static var timeOfDay: SettingType {
        SettingType(.text(maximum: 5), expected: "a time of day such as \"02:00\"") { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let hour = Int(parts[0]), let minute = Int(parts[1]), hour <= 23, minute <= 59
            else { return nil }
            return hour * 3600 + minute * 60
        }
    }
}
