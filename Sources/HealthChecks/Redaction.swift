package import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The secrets of one check, taken out of whatever it reports: servers and commands repeat what they were given.
package struct Redaction: Sendable {
    private let finder: SecretFinder
    package let isEmpty: Bool

    /// Shorter ones would take innocent words along, and are no secrets; shorter parts tell nobody anything.
    package static let shortest = 4
    static let replacement = "<secret>"

    init(_ secrets: some Sequence<String>) {
        let long = Set(secrets).filter { $0.utf8.count >= Self.shortest }
        isEmpty = long.isEmpty
        // What stands for a secret stays whole, also when there is a secret in its name.
        finder = SecretFinder(isEmpty ? [] : (long + [Self.replacement]).map { Array($0.utf8) })
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

    /// As it is, as what repeats it line by line may print it, and as it stands in a URL and in JSON.
    private static func forms(_ secret: String) -> [String] {
        let lines = secret.split(whereSeparator: \.isNewline).map { line in
            String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        return [secret] + lines + [HTTPTarget.percentEncoded(secret), jsonEscaped(secret)]
    }

    /// As most write it (RFC 8259 §7).
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
            report.message = message(report.message)
            report.details = report.details.map { .init(detail($0.name), detail($0.value), number: $0.number) }
            return report
        } catch let failure as CheckFailure {
            throw CheckFailure(failure.reason, message(failure.message), measured: failure.measured)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CheckFailure(.error, message("\(error)"))
        }
    }

    /// Cut here, where it is known what must not be cut within.
    private func message(_ text: String) -> String { redaction(text, bytes: RunResult.maximumMessageBytes) }

    private func detail(_ text: String) -> String { redaction(text, bytes: RunResult.maximumDetailBytes) }
}
