#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Replaces the secrets of one check in whatever it reports: servers and commands repeat what they were given.
package struct Redaction: Sendable {
    private let finder: SecretFinder
    /// Whether there is nothing to replace.
    package let isEmpty: Bool

    /// In bytes: shorter texts are common words and no secrets, and shorter parts of a secret give nothing away.
    package static let shortest = 4
    /// What stands in place of a secret.
    static let replacement = "<secret>"

    /// Replaces these texts; those shorter than `shortest` are left alone.
    package init(_ secrets: some Sequence<String>) {
        let long = Set(secrets).filter { $0.utf8.count >= Self.shortest }
        isEmpty = long.isEmpty
        // The replacement stays whole, also when a secret is a part of it.
        finder = SecretFinder(isEmpty ? [] : (long + [Self.replacement]).map { Array($0.utf8) })
    }

    /// Replaces secrets in every form in which servers repeat them.
    package init(secrets: [String]) {
        self.init(secrets.flatMap(Self.forms))
    }

    /// Replaces what is secret in the keys of a check.
    package init(of node: SettingNode, keys: [KeyDescription]) {
        self.init(Self.secrets(of: node, keys: keys))
    }

    /// What is secret in the keys of a check: the values of secret keys, and whatever a placeholder stands for.
    package static func secrets(of node: SettingNode, keys: [KeyDescription]) -> [String] {
        guard case .map(let entries, _) = node else { return [] }
        return entries.flatMap { entry in
            collect(entry.value, keys.first { $0.name == entry.key }) + basicCredentials(entry)
        }
    }

    private static func collect(_ node: SettingNode, _ key: KeyDescription?) -> [String] {
        switch node {
        case .scalar(let scalar, _):
            // Patterns, paths and addresses from the environment are no secrets; other texts from files may be.
            let isSecret = key?.isSecret == true || !scalar.fileTexts.isEmpty
            return isSecret ? ([scalar.text] + scalar.fileTexts).flatMap(forms) : []
        case .list(let items, _): return items.flatMap { collect($0, key) }
        case .map(let entries, _):
            return entries.flatMap { entry in
                var nested = key
                if let keys = key?.shape.keys { nested = keys.first { $0.name == entry.key } }
                return collect(entry.value, nested) + basicCredentials(entry)
            }
        }
    }

    /// User and password as they are sent (RFC 7617), because a server may repeat them.
    private static func basicCredentials(_ entry: SettingNode.Entry) -> [String] {
        guard let (user, password) = credentialKeys[entry.key], case .map(let members, _) = entry.value else {
            return []
        }
        func text(_ name: String) -> String {
            guard case .scalar(let scalar, _) = members.first(where: { $0.key == name })?.value else { return "" }
            return scalar.text
        }
        return [Data("\(text(user)):\(text(password))".utf8).base64EncodedString()]
    }

    /// The keys whose maps hold what is sent as user and password.
    private static let credentialKeys = [
        "basic_auth": ("username", "password"), "proxy": ("username", "password"),
        "oauth2": ("client_id", "client_secret"),
    ]

    /// A secret as it is, line by line, percent-encoded and as JSON has it.
    private static func forms(_ secret: String) -> [String] {
        let lines = secret.split(whereSeparator: \.isNewline).map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        return [secret] + lines + [HTTPTarget.percentEncoded(secret), jsonEscaped(secret)]
    }

    /// A text as most programs escape it in JSON (RFC 8259 §7).
    private static func jsonEscaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\u{0}"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }.joined()
    }

    /// A text without the secrets.
    func callAsFunction(_ text: String) -> String {
        isEmpty ? text : String(decoding: redacted(Array(text.utf8)) { _ in false }, as: UTF8.self)
    }

    /// Bytes without the secrets.
    func callAsFunction(_ bytes: [UInt8]) -> [UInt8] { isEmpty ? bytes : redacted(bytes) { _ in false } }

    /// The beginning of something without the secrets, and without the beginning of one at its end.
    func callAsFunction(beginning bytes: [UInt8]) -> [UInt8] {
        isEmpty ? bytes : redacted(bytes) { $0 == bytes.count }
    }

    private static let ellipsis = Array("…".utf8)

    /// A text that was quoted may have been cut within a secret: then its beginning stands before the ellipsis.
    private func redacted(_ bytes: [UInt8], isCut: (Int) -> Bool) -> [UInt8] {
        let findings = finder.search(bytes, shortest: Self.shortest) { end in
            isCut(end) || bytes[end...].starts(with: Self.ellipsis)
        }
        var (clean, end) = ([UInt8](), 0)
        for span in findings.spans {
            clean += bytes[end..<span.lowerBound]
            clean += Self.replacement.utf8
            end = span.upperBound
        }
        return clean + bytes[end...]
    }

    /// A text without the secrets, of at most so many bytes.
    func callAsFunction(_ text: String, bytes limit: Int) -> String {
        let bytes = Array(self(text).utf8)
        guard bytes.count > limit else { return String(decoding: bytes, as: UTF8.self) }
        var end = limit - Self.ellipsis.count
        while bytes[end] & 0xc0 == 0x80 { end -= 1 }
        end = Self.end(ofCutAt: end, in: bytes, Array(Self.replacement.utf8))
        return String(decoding: bytes[..<end], as: UTF8.self) + "…"
    }

    /// Where to cut, so that nothing is left of what would be cut within.
    static func end<Element: Equatable>(ofCutAt end: Int, in elements: [Element], _ whole: [Element]) -> Int {
        let starts = (max(0, end - whole.count + 1)..<max(0, end))
        return starts.first { elements[$0...].starts(with: whole) } ?? end
    }
}
