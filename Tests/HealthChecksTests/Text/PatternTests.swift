import HealthCore
import Testing

@testable import HealthChecks

/// Regular expressions on bytes that others sent.
struct PatternTests {
    @Test(
        arguments: [
            ("a.c", "xxabcxx", true), ("^b", "abc", false), ("(?i)HELLO", "hello", true), ("", "", true),
            ("(a+)+$", String(repeating: "a", count: 40) + "b", false), ("^gr.n$", "grün", true),
            ("^[äö]$", "ö", true), ("\\x{20ac}", "5 €", true),
        ] as [(String, String, Bool)]
    )
    func patternsAreFoundInCharacters(pattern: String, text: String, isFound: Bool) throws {
        #expect(try Pattern(pattern).isFound(in: Array(text.utf8)) == isFound)
    }

    @Test func patternsWorkOnBytesThatAreNoText() throws {
        #expect(try Pattern("a\\xffb").isFound(in: [0x00, 0x61, 0xff, 0x62]))
        #expect(try Pattern("^a.b$").isFound(in: [0x61, 0xff, 0x62]))
        // The bytes of a character are found among others, too.
        #expect(try Pattern("é").isFound(in: [0xff, 0xc3, 0xa9]))
        #expect(try !Pattern("é").isFound(in: [0xff, 0xe9]))
    }

    @Test(.timeLimit(.minutes(5)), arguments: [1536, 65_536])
    func aPatternOfManyRepetitionsEnds(count: Int) throws {
        let pattern = try Pattern("[a-z]*[a-z]*[a-z]*[a-z]*[0-9]")
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: count)
        #expect(try !pattern.isFound(in: text))
        #expect(try pattern.find(in: text + [UInt8(ascii: "7"), UInt8(ascii: "a")]) == .matches(end: count + 1))
        #expect(try pattern.find(in: [0xff] + text + [UInt8(ascii: "7")]) == .matches(end: count + 2))
        #expect(pattern.isQuick(count) == (count < 4096))
    }

    @Test(
        arguments: [
            ("(a", 0, "missing )"), ("[z-a]", 1, "range"), ("*", 0, "repetition"),
            ("a(?=b)", 1, "look-around such as `(?=`"), ("a(?<!b)", 1, "look-around"),
            ("(a)\\1", 3, "backreferences such as `\\1`"), ("(?P<n>a)\\k<n>", 8, "backreferences"),
            ("(?>a)", 0, "atomic groups"), ("((\\pL{50}){20}){1}", nil, "too large"),
        ] as [(String, Int?, String)]
    )
    func aBadPatternSaysWhatAndWhere(pattern: String, offset: Int?, words: String) {
        let problem = #expect(throws: Pattern.Problem.self) { try Pattern(pattern) }
        #expect(problem?.offset == offset && problem?.message.contains(words) == true, "\(String(describing: problem))")
    }

    @Test func aBackreferenceIsAnErrorOfTheConfiguration() {
        let keys = [("url", SettingNode.text("http://h/")), ("expect_body", SettingNode.text("(.)\\1"))]
        #expect(
            KindRun.make("http", keys).problems
                == ["expected an RE2 pattern: RE2 has no backreferences such as `\\1`, at character 4"]
        )
    }
}
