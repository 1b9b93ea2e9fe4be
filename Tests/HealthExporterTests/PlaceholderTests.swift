import HealthChecks
import HealthExporter
import Testing

/// Placeholders in single values.
struct PlaceholderTests {
    private static func replaced(_ text: String) -> (text: String, problems: [String]) {
        let problems = SettingProblems()
        let placeholders = Placeholders(problems: problems) {
            $0 == "A" ? "value" : nil
        } file: { (path: String) throws(GuardedFile.Problem) -> [UInt8] in
            Array(path.utf8)
        }
        let position = SettingPosition(line: 1, column: 1)
        guard case .scalar(let scalar, _) = placeholders.replace(in: .scalar(SettingScalar(text), position)) else {
            return ("", ["no single value"])
        }
        return (scalar.text, problems.all.map(\.message))
    }

    @Test(
        arguments: [
            ("${env:A}", "value"), ("a${env:A}b${file:x}", "avaluebx"), ("$${env:A}", "${env:A}"), ("$", "$"),
            ("$$", "$$"),
            ("a$b{c}", "a$b{c}"), ("${env:B:-d}", "d"),
            // What is ended by a brace ends there whatever follows, and what begins one begins it.
            ("${env:A}\u{301}", "value\u{301}"), ("${env:B:-\u{301}}", "\u{301}"), ("$\u{301}{", "$\u{301}{"),
            ("$${\u{301}", "${\u{301}"),
        ]
    )
    func isReplaced(text: String, expected: String) {
        let (found, problems) = Self.replaced(text)
        #expect(
            found.unicodeScalars.elementsEqual(expected.unicodeScalars) && problems.isEmpty,
            "\(found), \(problems)"
        )
    }

    @Test(arguments: ["${", "${env:A", "${\u{301}env:A}", "${env:B}", "${x:y}"])
    func isAProblem(text: String) {
        #expect(Self.replaced(text).problems.count == 1)
    }
}
