package import HealthChecks

/// Replaces `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` inside scalars; `$${` is a literal `${`.
package struct Placeholders {
    /// A secret is never longer.
    private static let maximumFileBytes = 64 * 1024

    private let environment: (String) -> String?
    private let file: (String) throws(GuardedFile.Problem) -> [UInt8]
    private let problems: SettingProblems

    /// - Parameters:
    ///   - environment: an environment variable by name.
    ///   - file: the bytes of a file, at least one more than 64 KiB of a larger one.
    package init(
        problems: SettingProblems,
        environment: @escaping (String) -> String?,
        file: @escaping (String) throws(GuardedFile.Problem) -> [UInt8]
    ) {
        self.problems = problems
        self.environment = environment
        self.file = file
    }

    /// A tree with its placeholders replaced; keys stay as they are.
    package func replace(in node: SettingNode) -> SettingNode {
        switch node {
        case .scalar(let scalar, let position):
            guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return node }
            var replaced = SettingScalar(scalar.text, written: scalar.written, isPlain: scalar.isPlain)
            if let text = replace(in: scalar.text, at: position, &replaced.fileTexts) {
                replaced.text = text
            } else {
                replaced.isUnresolved = true
            }
            return .scalar(replaced, position)
        case .list(let items, let position):
            return .list(items.map(replace(in:)), position)
        case .map(let entries, let position):
            let replaced = entries.map {
                SettingNode.Entry(key: $0.key, position: $0.position, value: replace(in: $0.value))
            }
            return .map(replaced, position)
        }
    }

    /// The text with its placeholders replaced; nil after a problem was added.
    private func replace(in text: String, at position: SettingPosition, _ fileTexts: inout [String]) -> String? {
        // Scalars, not characters: with a combining mark behind it a brace is another character.
        var (result, rest) = (String.UnicodeScalarView(), text.unicodeScalars[...])
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.starts(with: "$${".unicodeScalars) {
                result += "${".unicodeScalars
                rest = rest.dropFirst(3)
            } else if rest.starts(with: "${".unicodeScalars) {
                guard let end = rest.firstIndex(of: "}") else {
                    problem("`${` without `}`; a literal one is written `$${`", position)
                    return nil
                }
                let placeholder = String(Substring(rest[..<end].dropFirst(2)))
                guard let value = value(of: placeholder, position) else { return nil }
                if placeholder.hasPrefix("file:") { fileTexts.append(value) }
                result += value.unicodeScalars
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$".unicodeScalars
                rest = rest.dropFirst()
            }
        }
        return String(result + rest)
    }

    private func value(of placeholder: String, _ position: SettingPosition) -> String? {
        if placeholder.hasPrefix("env:") { return variable(String(placeholder.dropFirst(4)), position) }
        if placeholder.hasPrefix("file:") { return contents(String(placeholder.dropFirst(5)), position) }
        let shown = placeholder.cutForDisplay
        problem(
            "expected `${env:NAME}` or `${file:PATH}`, found `${\(shown)}`; a literal `${` is written `$${`",
            position
        )
        return nil
    }

    private func variable(_ text: String, _ position: SettingPosition) -> String? {
        let (name, fallback) = Self.parts(of: text)
        if let value = environment(name), fallback == nil || !value.isEmpty { return value }
        if let fallback { return fallback }
        problem(
            "`${env:\(name.cutForDisplay)}`: the environment variable is not set; set it or write `${env:\(name.cutForDisplay):-default}`",
            position
        )
        return nil
    }

    /// A name, and what stands behind `:-` for a variable that is not set; scalars, as above.
    private static func parts(of text: String) -> (name: String, fallback: String?) {
        var rest = text.unicodeScalars[...]
        while let colon = rest.firstIndex(of: ":") {
            rest = rest[colon...].dropFirst()
            guard rest.first == "-" else { continue }
            return (String(text.unicodeScalars[..<colon]), String(rest.dropFirst()))
        }
        return (text, nil)
    }

    private func contents(_ path: String, _ position: SettingPosition) -> String? {
        let shown = path.cutForDisplay
        let bytes: [UInt8]
        do throws(GuardedFile.Problem) {
            bytes = try file(path)
        } catch {
            problem("`${file:\(shown)}`: \(error.text)", position)
            return nil
        }
        guard bytes.count <= Self.maximumFileBytes else {
            problem("`${file:\(shown)}`: the file is larger than 64 KiB", position)
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problem("`${file:\(shown)}`: the file is no text in UTF-8", position)
            return nil
        }
        return text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private func problem(_ message: String, _ position: SettingPosition) {
        problems.add(SettingProblem(position: position, message))
    }
}
