import HealthChecks
import HealthCore
import Testing

@testable import HealthExporter

/// The page of all keys, made from their declarations.
struct KeyReferenceTests {
    @Test func theListOfKeysIsTheOneOfTheCode() throws {
        var page = ReferencePage(
            name: "KeyReference",
            title: "Keys of the configuration",
            abstract: "Every key with its type, its default and what it is for."
        )
        page.body = Self.section(
            "Sections",
            "A key with “restart” takes effect after a restart; a reload applies the others.",
            ExporterSettings.descriptions
        )
        page.body += Self.section("Components", "Keys of an entry of `components`.", ComponentSettings.descriptions)
        page.body += Self.section(
            "Checks",
            "Keys of an entry of `checks`, whatever its kind; `defaults` has them, too.",
            [CheckDecoder.kindKey] + TimingSettings.descriptions
        )
        for kind in CheckCatalog.kinds {
            page.body += Self.section("Kind \(kind.name)", kind.summary, kind.keys)
        }
        page.body += Self.section("TLS", "Keys of `tls`, of every kind that has it.", TLSOptions.descriptions)
        page.body += Self.section(
            "Proxy",
            "Keys of `proxy`, of every kind that has it, and of `defaults`.",
            ProxySettings.descriptions
        )
        page.body += Self.section("Groups", "Keys of an entry of `groups`.", GroupSettings.descriptions)
        page.body += Self.section("Flags", "Keys of an entry of `flags`.", FlagSettings.descriptions)
        page.body += Self.section("Maintenance", "Keys of a window.", MaintenanceSettings.descriptions)
        page.body += Self.section(
            "Web configuration",
            "Keys of the file of `web.config_file`, in the format of exporter-toolkit; `web.probe_config_file` takes `tls_server_config`.",
            WebConfiguration.descriptions
        )
        try page.check()
    }

    private static func section(_ title: String, _ text: String, _ keys: [KeyDescription]) -> String {
        let table = ReferencePage.table(["Key", "Takes", "Default", "For"], rows: rows(keys, prefix: ""))
        return "## \(title)\n\n\(text)\n\n\(table)\n"
    }

    private static func rows(_ keys: [KeyDescription], prefix: String) -> [[String]] {
        keys.filter(\.isSupported).flatMap { key in
            let name = prefix + key.name
            let traits: [String] = [
                key.isRequired ? "required" : "", key.isSecret ? "secret" : "",
                key.traits.contains(.restart) ? "restart" : "",
            ].filter { !$0.isEmpty }
            let remark = traits.isEmpty ? "" : " (\(traits.joined(separator: ", ")))"
            let row = ["`\(name)`", text(key.shape) + remark, key.defaultText ?? "", key.about]
            // What many keys hold has a table of its own.
            guard !Self.withTables.contains(key.name) else { return [row] }
            return [row] + below(key.shape, prefix: name)
        }
    }

    /// Keys whose own keys have a table each.
    private static let withTables = [
        "tls", "proxy", "defaults", "components", "groups", "flags", "maintenance", "checks",
    ]

    /// The rows of the keys within a value: `[]` stands for an element of a list, `NAME` for a free key.
    private static func below(_ shape: SettingShape, prefix: String) -> [[String]] {
        switch shape {
        case .map(let keys): rows(keys, prefix: "\(prefix).")
        case .list(let element), .oneOrMore(let element): below(element, prefix: "\(prefix)[]")
        case .dictionary(let value): below(value, prefix: "\(prefix).NAME")
        case .either(let first, let second): below(first, prefix: prefix) + below(second, prefix: prefix)
        default: []
        }
    }

    private static func text(_ shape: SettingShape) -> String {
        switch shape {
        case .text(let maximum): "text of at most \(maximum) characters"
        case .freeText(let maximum): "text of at most \(maximum) bytes"
        case .name: "name"
        case .duration: "duration"
        case .ratio: "ratio"
        case .bytes: "size"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .boolean: "boolean"
        case .choice(let words): words.joined(separator: ", ")
        case .url(let schemes): "URL with \(schemes.joined(separator: " or "))"
        case .address: "host:port"
        case .network: "network"
        case .pattern: "RE2 pattern"
        case .path: "path"
        case .statusRange: "status code or range"
        case .list(let element): "list, each: \(text(element))"
        case .oneOrMore(let element): "\(text(element)), or a list of them"
        case .dictionary(let value): "map by name, each: \(text(value))"
        case .map: "map of keys"
        case .thresholds(let bound): "threshold pair of: \(text(bound))"
        case .either(let first, let second): "\(text(first)), or \(text(second))"
        }
    }

    @Test func onlyKeysOfSectionsNeedARestart() {
        func paths(_ keys: [KeyDescription]) -> [String] {
            keys.filter { $0.traits.contains(.restart) }.map(\.name)
        }
        #expect(CheckCatalog.kinds.allSatisfy { paths($0.keys).isEmpty })
        #expect(
            paths(ComponentSettings.descriptions + GroupSettings.descriptions + TimingSettings.descriptions).isEmpty
        )
        #expect(paths(LimitsSettings.descriptions) == LimitsSettings.descriptions.map(\.name))
    }
}
