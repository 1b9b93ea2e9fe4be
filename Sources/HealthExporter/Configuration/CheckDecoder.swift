import HealthChecks
import HealthCore

/// Turns an entry of `checks` into a registration.
struct CheckDecoder {
    /// A check, and what in its words is valid and yet hardly meant so.
    struct Decoded {
        let registration: Registration
        let warnings: [String]
    }

    let defaults: SettingsReader
    let resources: CheckResources
    /// Those of the configuration that this one replaces.
    let heartbeats: [CheckID: HeartbeatCheck]

    func decode(_ entry: SettingNode.Entry, component: String, _ parent: SettingsReader) -> Decoded? {
        ComponentDecoder.checkName(entry, "check", parent.path(of: "checks"), parent.problems)
        let path = "\(parent.path(of: "checks")).\(entry.key.cutForDisplay)"
        guard case .map(let entries, let position) = entry.value else {
            let message = "expected a map with `kind`, found \(entry.value.sort)"
            parent.problems.add(.init(position: entry.position, path: path, message))
            return nil
        }
        guard let kind = kind(entries, position, path, parent.problems) else {
            judgeCommonKeys(entries, position, path, parent.problems)
            return nil
        }
        let keys = [ConfigurationKeys.kind] + ConfigurationKeys.check + kind.keys
        let reader = SettingsReader(entry.value, path: path, keys: keys, problems: parent.problems)
        let timing = CheckTiming(reader, defaults: defaults)
        guard let made = kind.make(reader, resources) else { return nil }
        let id = CheckID(component: component, check: entry.key)
        let redaction = Redaction(of: entry.value, keys: kind.keys)
        let continued = (made as? HeartbeatCheck).flatMap { new in heartbeats[id].map(new.continuing) } ?? made
        let check: any HealthCheck = redaction.isEmpty ? continued : RedactedCheck(continued, redaction)
        let registration = Registration(
            id: id,
            kind: kind.name,
            check: check,
            schedule: timing.schedule,
            thresholds: timing.thresholds,
            degradedAbove: timing.degradedAbove,
            retries: timing.retries,
            breaker: timing.breaker
        )
        let warnings = CheckWordWarnings(entries: entries, thresholds: timing.thresholds).texts
        return Decoded(registration: registration, warnings: warnings.map { "\(entry.key): \($0)" })
    }

    /// The kind, read before the other keys, because it decides which of them are allowed.
    private func kind(
        _ entries: [SettingNode.Entry],
        _ position: SettingPosition,
        _ path: String,
        _ problems: SettingProblems
    ) -> CheckKind? {
        let names = CheckCatalog.kinds.map(\.name)
        guard let node = entries.first(where: { $0.key == "kind" })?.value else {
            let message = "the key `kind` is missing: one of \(names.joined(separator: ", "))"
            problems.add(.init(position: position, path: path, message))
            return nil
        }
        guard case .scalar(let scalar, let place) = node else {
            problems.add(.init(position: node.position, path: "\(path).kind", "expected a kind, found \(node.sort)"))
            return nil
        }
        if scalar.isUnresolved { return nil }
        if let kind = CheckCatalog.kind(named: scalar.text) { return kind }
        var message = "unknown kind `\(scalar.shown)`"
        if let nearest = NearestName.of(scalar.text, among: names) {
            message += ", did you mean `\(nearest)`?"
        } else {
            message += "; allowed: \(names.joined(separator: ", "))"
        }
        problems.add(.init(position: place, path: "\(path).kind", message))
        return nil
    }

    /// Judges what every check has, whatever its kind was meant to be.
    private func judgeCommonKeys(
        _ entries: [SettingNode.Entry],
        _ position: SettingPosition,
        _ path: String,
        _ problems: SettingProblems
    ) {
        let common = Set(ConfigurationKeys.check.map(\.name))
        let known = [ConfigurationKeys.kind.name] + common + CheckCatalog.kinds.flatMap { $0.keys.map(\.name) }
        // An unknown key may belong to the kind, unless it is nearly a common one.
        let judged = entries.filter { entry in
            common.contains(entry.key) || NearestName.of(entry.key, among: known).map(common.contains) ?? false
        }
        let node = SettingNode.map(judged, position)
        let reader = SettingsReader(node, path: path, keys: ConfigurationKeys.check, problems: problems)
        _ = CheckTiming(reader, defaults: defaults)
    }
}
