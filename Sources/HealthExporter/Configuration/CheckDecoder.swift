import HealthChecks
import HealthCore

/// Decodes an entry of `checks`.
struct CheckDecoder {
    /// A check, and what in it is valid and yet probably not meant so.
    struct Decoded {
        /// The settings of the check, those of `defaults` included.
        let check: ConfiguredCheck
        /// One sentence each, which begins with the check's name.
        let warnings: [String]
    }

    /// The key that decides which others there are.
    static let kindKey = KeyDescription(
        "kind",
        .choice(CheckCatalog.kinds.map(\.name)),
        about: "The kind of check.",
        traits: .required
    )

    /// The keys of a check of a kind.
    static func keys(of kind: CheckKind) -> [KeyDescription] {
        [kindKey] + TimingSettings.descriptions + kind.keys
    }

    /// What checks that leave its keys out are given.
    let defaults: DefaultsSettings
    /// The `defaults` section.
    let defaultsReader: SettingsReader

    /// - Parameter component: the keys of the component that the check belongs to.
    func decode(_ entry: SettingNode.Entry, of component: SettingsReader) -> Decoded? {
        component.checkName(of: entry, in: "checks", what: "check")
        let path = "\(component.path(of: "checks")).\(entry.key.cutForDisplay)"
        guard case .map(let entries, let position) = entry.value else {
            let message = "expected a map with `kind`, found \(entry.value.typeName)"
            component.problems.add(.init(position: entry.position, path: path, message))
            return nil
        }
        func reader(_ node: SettingNode, keys: [KeyDescription]) -> SettingsReader {
            SettingsReader(node, path: path, keys: keys, problems: component.problems, inputs: component.inputs)
        }
        guard let kind = kind(entries, at: position, path: path, component.problems) else {
            let common = SettingNode.map(Self.commonKeys(entries), position)
            _ = timing(reader(common, keys: TimingSettings.descriptions))
            return nil
        }
        let keys = reader(entry.value, keys: Self.keys(of: kind))
        let timing = timing(keys)
        var own = kind.decode(keys)
        var secrets = Redaction.secrets(of: entry.value, keys: kind.keys)
        if let proxy = defaults.proxy, var proxied = own as? any ProxiedSettings, proxied.proxy == nil {
            proxied.proxy = proxy
            own = proxied
            secrets += defaultsReader.secrets
        }
        let check = ConfiguredCheck(
            kind: kind.name,
            timing: timing,
            own: AnyCheckSettings(own),
            secrets: Set(secrets).sorted()
        )
        let warnings = CheckWordWarnings(entries: entries, thresholds: timing.thresholds).texts
        return Decoded(check: check, warnings: warnings.map { "\(entry.key): \($0)" })
    }

    private func timing(_ reader: SettingsReader) -> TimingSettings {
        var timing = defaults.timing
        reader.decode(into: &timing)
        TimingRules(timing, reader: reader, defaults: defaultsReader).validate()
        return timing
    }

    /// The kind, read before the other keys, because it decides which of them are allowed.
    private func kind(
        _ entries: [SettingNode.Entry],
        at position: SettingPosition,
        path: String,
        _ problems: SettingProblems
    ) -> CheckKind? {
        let names = CheckCatalog.kinds.map(\.name)
        guard let node = entries.first(where: { $0.key == "kind" })?.value else {
            let message = "the key `kind` is missing: one of \(names.joined(separator: ", "))"
            problems.add(.init(position: position, path: path, message))
            return nil
        }
        guard case .scalar(let scalar, let place) = node else {
            problems.add(
                .init(position: node.position, path: "\(path).kind", "expected a kind, found \(node.typeName)")
            )
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

    /// The keys that every check has, whatever its kind was meant to be: an unknown one may belong to the kind, unless it is
    /// nearly a common one.
    private static func commonKeys(_ entries: [SettingNode.Entry]) -> [SettingNode.Entry] {
        let common = Set(TimingSettings.keys.map(\.name))
        let known = [kindKey.name] + common + CheckCatalog.kinds.flatMap { $0.keys.map(\.name) }
        return entries.filter { entry in
            common.contains(entry.key) || NearestName.of(entry.key, among: known).map(common.contains) ?? false
        }
    }
}
