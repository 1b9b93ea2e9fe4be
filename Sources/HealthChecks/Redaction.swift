package import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The secrets of one check, taken out of whatever it reports: servers and commands repeat what they were given.
package struct Redaction: Sendable {
    /// Longest first, so that none hides within another.
    private let secrets: [String]

    /// Shorter ones would take innocent words along, and are no secrets.
    package static let shortest = 4
    static let replacement = "<secret>"

    init(_ secrets: some Sequence<String>) {
        self.secrets = Set(secrets).filter { $0.utf8.count >= Self.shortest }
            .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// What is secret in the keys of a check: the values of secret keys, and whatever came out of a placeholder.
    package init(of node: SettingNode, keys: [SettingKey]) {
        guard case .map(let entries, _) = node else {
            self.init([])
            return
        }
        self.init(
            entries.flatMap { entry in
                Self.collect(entry.value, keys.first { $0.name == entry.key }) + Self.basicCredentials(entry)
            }
        )
    }

    private static func collect(_ node: SettingNode, _ key: SettingKey?) -> [String] {
        switch node {
        case .scalar(let scalar, _):
            // Patterns, paths and addresses from the environment are no secrets; all else that was not written here may be one.
            let isSecret = key?.isSecret == true || !scalar.fileTexts.isEmpty
            return isSecret ? ([scalar.text] + scalar.fileTexts).flatMap(forms) : []
        case .list(let items, _): return items.flatMap { collect($0, key) }
        case .map(let entries, _):
            return entries.flatMap { entry in
                var nested = key
                if case .object(let keys) = key?.type { nested = keys.first { $0.name == entry.key } }
                return collect(entry.value, nested)
            }
        }
    }

    /// What is sent of a user and password (RFC 7617), which a server may repeat.
    private static func basicCredentials(_ entry: SettingNode.Entry) -> [String] {
        guard entry.key == "basic_auth", case .map(let members, _) = entry.value else { return [] }
        func text(_ name: String) -> String {
            guard case .scalar(let scalar, _) = members.first(where: { $0.key == name })?.value else { return "" }
            return scalar.text
        }
        return [Data("\(text("username")):\(text("password"))".utf8).base64EncodedString()]
    }

    /// As it is, as what repeats it line by line may print it, and as it stands in a URL.
    private static func forms(_ secret: String) -> [String] {
        let lines = secret.split(whereSeparator: \.isNewline).map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        return [secret] + lines + [HTTPTarget.percentEncoded(secret)]
    }

    package var isEmpty: Bool { secrets.isEmpty }

    /// A text without the secrets.
    func callAsFunction(_ text: String) -> String {
        let whole = secrets.reduce(text) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Self.replacement)
        }
        return whole.contains(Self.ellipsis) ? withoutBeginnings(whole) : whole
    }

    private static let ellipsis: Character = "…"

    /// A quoted text may have been cut within a secret: then its beginning stands before the ellipsis.
    private func withoutBeginnings(_ text: String) -> String {
        let parts = text.split(separator: Self.ellipsis, omittingEmptySubsequences: false)
        let clean = parts.dropLast().map { part in
            for secret in secrets {
                for length in stride(from: secret.count - 1, through: 2, by: -1)
                where part.hasSuffix(secret.prefix(length)) {
                    return String(part.dropLast(length)) + Self.replacement
                }
            }
            return String(part)
        }
        return (clean + [String(parts.last ?? "")]).joined(separator: String(Self.ellipsis))
    }
}

/// A check whose reports lack its secrets.
package struct RedactedCheck: HealthCheck {
    package let check: any HealthCheck
    package let target: String?
    private let redaction: Redaction

    package init(_ check: any HealthCheck, _ redaction: Redaction) {
        self.check = check
        self.redaction = redaction
        target = check.target.map { redaction($0) }
    }

    package var measurements: [Measurement] { check.measurements }
    package var connects: Bool { check.connects }
    package var holdsUpStartup: Bool { check.holdsUpStartup }
    package var detectionDelay: Duration { check.detectionDelay }

    /// A text of the check without its secrets.
    func redacted(_ text: String) -> String { redaction(text) }

    package func run(_ context: RunContext) async throws -> CheckReport {
        do {
            var report = try await check.run(context)
            report.message = redaction(report.message)
            report.details = report.details.map { .init(redaction($0.name), redaction($0.value), number: $0.number) }
            return report
        } catch let failure as CheckFailure {
            throw CheckFailure(failure.reason, redaction(failure.message), measured: failure.measured)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CheckFailure(.error, redaction("\(error)"))
        }
    }
}
