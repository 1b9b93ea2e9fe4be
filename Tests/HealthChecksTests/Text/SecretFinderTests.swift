import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// Where secrets stand in bytes.
struct SecretFinderTests {
    private static func spans(_ secrets: [String], _ text: String, isCut: Bool = false) -> [String] {
        let bytes = Array(text.utf8)
        let findings = SecretFinder(secrets.map { Array($0.utf8) }).search(bytes, shortest: 4) { end in
            isCut && end == bytes.count
        }
        return findings.spans.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test(
        arguments: [
            (["hunter2"], "user hunter2 at hunter2", ["hunter2", "hunter2"]),
            (["hunter2"], "hunter hunter3", []),
            // Overlaps are one span, the longer text wins, and neighbours are joined.
            (["abcdef", "defghi"], "xabcdefghix", ["abcdefghi"]),
            (["abcd", "abcdefgh"], "abcdefgh", ["abcdefgh"]),
            (["bcde", "abcdefgh"], "abcdefgx", ["bcde"]),
            (["abcd"], "abcdabcd", ["abcdabcd"]),
            // A text that ends within another one that does not go on.
            (["abcabd", "bcab"], "abcabcabd", ["bcabcabd"]),
            (["aaaa"], "aaaaaa", ["aaaaaa"]),
            (["€uro"], "100 €uro", ["€uro"]),
            ([], "anything", []), ([""], "anything", []), (["abcd"], "", []),
        ] as [([String], String, [String])]
    )
    func findsEveryOccurrence(secrets: [String], text: String, expected: [String]) {
        #expect(Self.spans(secrets, text) == expected)
    }

    @Test(
        arguments: [
            ("x hunt", ["hunt"]), ("x hunter", ["hunter"]), ("x hun", []), ("hunter2 hunte", ["hunter2", "hunte"]),
            ("x unter2", []),
        ] as [(String, [String])]
    )
    func findsTheBeginningOfASecretBeforeACut(text: String, expected: [String]) {
        #expect(Self.spans(["hunter2-and-more", "hunter2"], text, isCut: true) == expected)
        #expect(Self.spans(["hunter2-and-more", "hunter2"], text) == expected.filter { $0 == "hunter2" })
    }

    /// Compared with a search that tries every secret at every place.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func findsWhatASearchByHandFinds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func text(_ count: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) }
        }
        let secrets = (0..<Int.random(in: 1...6, using: &random)).map { _ in text(2...7) }
        let bytes = text(0...80)
        var isSecret = [Bool](repeating: false, count: bytes.count)
        for start in bytes.indices {
            for secret in secrets where bytes[start...].starts(with: secret) {
                for index in start..<(start + secret.count) { isSecret[index] = true }
            }
        }
        let findings = SecretFinder(secrets).search(bytes, shortest: 100) { _ in false }
        let found = bytes.indices.map { index in findings.spans.contains { $0.contains(index) } }
        #expect(found == isSecret, "seed \(seed): \(secrets) in \(bytes)")
        #expect(zip(findings.spans, findings.spans.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }
}

/// Which keys of a check are secret, and in which forms a secret is found.
struct RedactionFormTests {
    private static func map(_ entries: [(String, SettingNode)]) -> SettingNode {
        .map(entries.map { .init(key: $0.0, position: .start, value: $0.1) }, .start)
    }

    private static func redaction(_ entries: [(String, SettingNode)], keys: [KeyDescription]) -> Redaction {
        Redaction(of: map(entries), keys: keys)
    }

    private static let password = [KeyDescription("password", .text(maximum: 100), about: "", traits: .secret)]

    @Test(
        arguments: [
            // As it is, percent-encoded, as JSON, line by line.
            ("p@ss word/1", "p@ss word/1"), ("p@ss word", "p@ss%20word"), ("a\"b\\c12", "a\\\"b\\\\c12"),
            ("first line\n  second line  \n", "second line"), ("tab\there", "tab\\there"),
            ("über<all>", "%C3%BCber%3Call%3E"),
        ]
    )
    func aSecretIsFoundInEachForm(secret: String, form: String) {
        let redaction = Self.redaction([("password", .text(secret))], keys: Self.password)
        #expect(redaction("said \(form), then left") == "said <secret>, then left")
    }

    @Test func onlySecretKeysAreReplaced() {
        let keys = Self.password + [KeyDescription("user", .text(maximum: 100), about: "")]
        let redaction = Self.redaction([("password", .text("hunter2")), ("user", .text("admin"))], keys: keys)
        #expect(redaction("admin:hunter2") == "admin:<secret>" && !redaction.isEmpty)
    }

    @Test func secretsAreFoundInNestedObjectsAndLists() {
        let keys = [
            KeyDescription("tls", .map(Self.password), about: ""),
            KeyDescription("tokens", .text(maximum: 100), about: "", traits: .secret),
        ]
        let entries: [(String, SettingNode)] = [
            ("tls", Self.map([("password", .text("inner-secret"))])),
            ("tokens", .list([.text("token-one"), .text("token-two")], .start)),
        ]
        let redaction = Self.redaction(entries, keys: keys)
        #expect(redaction("inner-secret token-two token-one token") == "<secret> <secret> <secret> token")
    }

    @Test func userAndPasswordAreFoundAsTheyAreSent() {
        let members = Self.map([("username", .text("aladdin")), ("password", .text("opensesame"))])
        let keys = [KeyDescription("basic_auth", .map(Self.password), about: "")]
        let redaction = Self.redaction([("basic_auth", members)], keys: keys)
        // RFC 7617 §2, with another user.
        #expect(redaction("Basic YWxhZGRpbjpvcGVuc2VzYW1l aladdin") == "Basic <secret> aladdin")
    }

    @Test(arguments: ["", "a", "abc"])
    func shortTextsAreNoSecrets(text: String) {
        let redaction = Self.redaction([("password", .text(text))], keys: Self.password)
        #expect(redaction.isEmpty && redaction("abc \(text) abc") == "abc \(text) abc")
    }

    @Test func bytesThatAreNoTextStayAsTheyAre() {
        let redaction = Redaction(["hunter2"])
        #expect(
            redaction([0xff, 0x00] + Array("hunter2".utf8) + [0xfe]) == [0xff, 0x00] + Array("<secret>".utf8) + [0xfe]
        )
        #expect(Redaction([])([0xff]) == [0xff])
    }

    @Test(
        arguments: [
            ("hunter2", 7, "…"), ("abc hunter2 def", 15, "abc <secret>…"),
            ("abc hunter2 def", 14, "abc …"),
            ("ääää", 8, "ääää"), ("äääää", 8, "ää…"), ("plain text", 10, "plain text"), ("plain text!", 10, "plain t…"),
        ]
    )
    func aLimitCutsNoCharacterAndNoReplacement(text: String, limit: Int, expected: String) {
        let cut = Redaction(["hunter2"])(text, bytes: limit)
        #expect(cut == expected && cut.utf8.count <= max(limit, 3))
    }
}

/// How texts of targets and of the configuration are shown.
struct DisplayTextTests {
    @Test(
        arguments: [
            ("plain", "\"plain\""), ("two\nlines", "\"two\\u{a}lines\""), ("\u{1b}[31mred", "\"\\u{1b}[31mred\""),
            ("a\u{2028}b\u{2029}c", "\"a\\u{2028}b\\u{2029}c\""), ("\u{7f}\u{9f}", "\"\\u{7f}\\u{9f}\""),
            (String(repeating: "x", count: 80), "\"\(String(repeating: "x", count: 80))\""),
            (String(repeating: "x", count: 81), "\"\(String(repeating: "x", count: 80))…\""),
            ("redis://:pass@host", "\"redis://:<secret>@host\""),
        ]
    )
    func aQuoteIsShortAndInOneLine(text: String, quoted: String) {
        #expect(SeenText().quoted(text) == quoted)
        #expect(SeenText().quoted(Array(text.utf8)) == quoted)
    }

    @Test func bytesThatAreNoTextAreQuotedAsReplacementCharacters() {
        #expect(SeenText().quoted([0x61, 0xff, 0x62]) == "\"a\u{fffd}b\"")
    }

    @Test(
        arguments: [
            (.null, "null"), (.boolean(true), "true"), (.boolean(false), "false"), (.number(3), "3"),
            (.number(-0.5), "-0.5"), (.number(1e16), "1e+16"), (.number(1e300), "1e+300"),
            (.string("a\tb"), "\"a\\u{9}b\""), (.array([]), "a list"), (.object([:]), "an object"),
        ] as [(JSONValue, String)]
    )
    func aJSONValueIsShownByItsType(value: JSONValue, shown: String) {
        #expect(SeenText().shown(value) == shown)
    }

    @Test(
        arguments: [
            ("https://user:password@host/path", "https://<secret>@host/path"), ("host:80", "host:80"),
            ("bell\u{7}", "bell\\u{7}"),
        ]
    )
    func aTextOfTheConfigurationIsShownWithoutUsers(text: String, shown: String) {
        #expect(text.cutForDisplay == shown)
    }

    /// A key that is misplaced in `web.config_file` would be quoted with what follows it.
    @Test(arguments: [
        ("$2y$10$abcdefghijklmnopqrstuu", "<secret>"), ("ada: $2y$04$NSuBxba8ZpTe2aLRFQI.R.x y", "ada: <secret> y"),
        ("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ", "<secret>"), ("$6$rounds=5000$salt$hash", "<secret>"),
        ("$1,000 or $2", "$1,000 or $2"), ("${env:NAME}", "${env:NAME}"), ("$a$b", "$a$b"), ("$$", "$$"), ("$", "$"),
        ("$HOME/a/long/path/to/somewhere", "$HOME/a/long/path/to/somewhere"),
    ])
    func hashesOfPasswordsAreLeftOut(text: String, shown: String) {
        #expect(text.cutForDisplay == shown)
    }
}
