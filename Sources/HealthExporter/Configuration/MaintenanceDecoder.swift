import HealthChecks
import HealthCore

/// Reads the windows of maintenance.
struct MaintenanceDecoder {
    private let root: SettingsReader
    private let known: KnownNames

    init(_ root: SettingsReader, components: [String]) {
        self.root = root
        known = KnownNames("component", components, alternative: "; [\(Self.all)] covers every one")
    }

    /// The word that stands for all components.
    private static let all = "all"

    /// All of them.
    var windows: [MaintenanceWindow] {
        guard let node = root.node("maintenance"), !node.isNull else { return [] }
        guard case .list(let items, _) = node else {
            root.problem("maintenance", "expected a list of windows, found \(node.sort)")
            return []
        }
        return items.enumerated().compactMap { number, item in
            let path = "\(root.path(of: "maintenance"))[\(number)]"
            return window(
                SettingsReader(item, path: path, keys: ConfigurationKeys.maintenance, problems: root.problems)
            )
        }
    }

    private func window(_ reader: SettingsReader) -> MaintenanceWindow? {
        let components = covered(reader)
        if reader.has("weekly") {
            if reader.has("from") || reader.has("until") {
                reader.problem("weekly", "a window is either weekly or from a time until another")
            }
            let weekly = reader.object("weekly", keys: ConfigurationKeys.weekly)
            return weeklyTime(weekly).map { MaintenanceWindow(components: components, time: .weekly($0)) }
        }
        let form = "a time such as 2026-12-01T22:00:00Z"
        let from = reader.value("from", form) { Timestamp(rfc3339: $0) }
        let until = reader.value("until", form) { Timestamp(rfc3339: $0) }
        if !reader.has("from") || !reader.has("until") {
            let message = "a window has `from` and `until`, or `weekly`"
            reader.problems.add(.init(position: reader.position, path: reader.path, message))
        }
        guard let from, let until else { return nil }
        guard from < until else {
            reader.problem("until", "must be later than `from`")
            return nil
        }
        return MaintenanceWindow(components: components, time: .once(from: from, until: until))
    }

    /// The components that a window covers; nil for every one.
    private func covered(_ reader: SettingsReader) -> [String]? {
        guard case .list(let items, _) = reader.node("components"), items.contains(where: Self.isAll) else {
            return known.references(reader, "components").map(\.name)
        }
        if items.count > 1 { reader.problem("components", "`all` covers every component already: write [all] alone") }
        return nil
    }

    private static func isAll(_ node: SettingNode) -> Bool {
        if case .scalar(let scalar, _) = node { scalar.text == all && scalar.fileTexts.isEmpty } else { false }
    }

    private static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private func weeklyTime(_ reader: SettingsReader) -> WeeklyTime? {
        let days = reader.oneOrMore("days", "one of \(Self.weekdays.joined(separator: ", "))") {
            Self.weekdays.firstIndex(of: $0)
        }
        if case .list(let items, _) = reader.node("days"), items.isEmpty {
            reader.problem("days", "expected at least one day")
        }
        let start = reader.value("at", "a time of day such as \"02:00\"", Self.secondOfDay)
        let length = reader.duration("for")
        if let length, length > .seconds(7 * 86_400) { reader.problem("for", "expected at most 7d") }
        let zone = reader.has("time_zone") ? reader.value("time_zone", TimeZones.form, TimeZones.rules) : .utc
        guard let days, let start, let length, let zone else { return nil }
        return WeeklyTime(days: Set(days), startOfDay: start, length: length, zone: zone)
    }

    private static func secondOfDay(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour <= 23, minute <= 59
        else { return nil }
        return hour * 3600 + minute * 60
    }
}
