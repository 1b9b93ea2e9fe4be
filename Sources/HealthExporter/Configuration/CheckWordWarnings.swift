import HealthChecks
import HealthCore

/// What in the words of a check is valid, and has no effect or is hardly meant so.
struct CheckWordWarnings {
    /// The keys of the check with their values, placeholders replaced.
    let entries: [SettingNode.Entry]
    /// The results in a row that change its status, `defaults` included.
    let thresholds: Thresholds

    /// One sentence each.
    var texts: [String] {
        var texts: [String] = []
        if node("confirm_interval") != nil, thresholds == Thresholds(failure: 1, success: 1) {
            texts.append("confirm_interval has no effect: with both thresholds at 1 there is nothing to confirm")
        }
        if let text = addressOfAnotherVersion { texts.append(text) }
        let keys = entries.flatMap { Self.keysOfShortSecrets($0.value, $0.key) }
        texts += keys.map { key in
            "the secret in \(key) is shorter than \(Redaction.shortest) bytes: "
                + "too short to be taken out of messages, which may show it"
        }
        return texts
    }

    private func node(_ key: String) -> SettingNode? { entries.first { $0.key == key }?.value }

    private func text(_ key: String) -> String? {
        if case .scalar(let scalar, _) = node(key) { scalar.text } else { nil }
    }

    /// An address that `ip` rules out.
    private var addressOfAnotherVersion: String? {
        // With a proxy it is about the proxy's address.
        guard let version = text("ip").flatMap(IPVersion.init), version != .auto, node("proxy") == nil else {
            return nil
        }
        for key in ["address", "server", "url"] {
            guard let address = text(key).map(Self.host).flatMap({ IPAddress($0) }) else { continue }
            guard address.isV6 != (version == .v6) else { continue }
            let found = address.isV6 ? "IPv6" : "IPv4"
            return "ip: \(version.rawValue) rules out the \(found) address in \(key), so that every run fails"
        }
        return nil
    }

    /// The host in `host`, `host:port` or a URL.
    private static func host(_ text: String) -> String {
        if IPAddress(text) != nil { return text }
        let afterScheme = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
        let authority = afterScheme.prefix { !"/?#".contains($0) }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        if place.hasPrefix("[") { return String(place.dropFirst().prefix { $0 != "]" }) }
        return String(place.prefix { $0 != ":" })
    }

    private static let credentials = ["password", "token", "bearer_token", "client_secret"]

    /// The keys of passwords, tokens and what comes from files that no redaction looks for.
    private static func keysOfShortSecrets(_ node: SettingNode, _ key: String) -> [String] {
        switch node {
        case .scalar(let scalar, _):
            let secrets = (credentials.contains(key) ? [scalar.text] : []) + scalar.fileTexts
            return secrets.contains { (1..<Redaction.shortest).contains($0.utf8.count) } ? [key] : []
        case .list(let items, _): return items.flatMap { keysOfShortSecrets($0, key) }
        case .map(let entries, _): return entries.flatMap { keysOfShortSecrets($0.value, $0.key) }
        }
    }
}
