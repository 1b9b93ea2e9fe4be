import HealthCore
import HealthTesting
import NIOHTTP1
import Testing

@testable import HealthChecks

/// Secrets in what targets say.
struct RedactionTests {
    private static func redaction(_ password: String) -> Redaction {
        let entry = SettingNode.Entry(key: "password", position: .start, value: .text(password))
        return Redaction(of: .map([entry], .start), keys: RedisCheck.kind.keys)
    }

    private static let specials = [
        "@", "%", "\n", "\"", "'", "\\", ":", "/", "€", "ß", "😀", "\u{7f}", "\r\n", "://", "…",
    ]

    private static func word(_ generator: inout SeededGenerator) -> String {
        String(
            (0..<Int.random(in: 4...9, using: &generator)).compactMap { _ in
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".randomElement(using: &generator)
            }
        )
    }

    /// Words, with something between them that is escaped or cut at.
    private static func secret(_ generator: inout SeededGenerator) -> (text: String, words: [String]) {
        let words = (0..<Int.random(in: 1...12, using: &generator)).map { _ in word(&generator) }
        let text = words.reduce("") { text, word in
            let special = specials.randomElement(using: &generator) ?? "@"
            return text + (text.isEmpty && generator.oneIn(2) ? "" : special) + word
        }
        return (text, words)
    }

    /// Whether four bytes in a row of one of these words are in a text.
    private static func leaks(_ words: [String], into text: String) -> Bool {
        let bytes = Array(text.utf8)
        let seen = Set((0..<max(0, bytes.count - 3)).map { Array(bytes[$0..<($0 + 4)]) })
        return words.contains { word in
            let word = Array(word.utf8)
            return (0...(word.count - 4)).contains { seen.contains(Array(word[$0..<($0 + 4)])) }
        }
    }

    private struct Told: HealthCheck {
        let message: String

        func run(_ context: RunContext) async throws -> CheckReport {
            CheckReport(.success, message, details: [.init("said", message)])
        }
    }

    /// What people get to see of an answer: the message of a check of the kind `http`, and what any check says by itself.
    private static func shown(_ answer: String, _ redaction: Redaction) async throws -> [String] {
        var assertions = HTTPAssertions()
        assertions.expectedBody = try Pattern("^never$")
        let seen = SeenText(redaction: redaction)
        let evaluation = HTTPEvaluation(assertions: assertions, maximumBody: 65_536, seen: seen)
        let body = HTTPAnswer(status: 200, headers: [:], body: Array(answer.utf8), bodyWasCut: false)
        let evaluated = try evaluation.evaluate(body).message
        let plugin = PluginOutput(Array(answer.utf8), seen).message
        var texts = [seen.cut(answer)]
        for message in [evaluated, plugin, answer] {
            let context = RunContext(
                traceID: TraceID(high: 0, low: 1),
                timeout: .seconds(1),
                phases: PhaseTimer(time: ManualTime())
            )
            let report = try await RedactedCheck(Told(message: message), redaction).run(context)
            texts += [report.message] + report.details.map(\.value)
        }
        return texts
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func noPartOfASecretIsShown(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let (secret, words) = Self.secret(&generator)
            let redaction = Self.redaction(secret)
            // So that it stands where texts are cut, too.
            let filling = ["-", "@", "postgres://u:"].randomElement(using: &generator) ?? "-"
            let lengths = [0, 40, 70, 79, 900, 1015, 1023]
            let count = (lengths.randomElement(using: &generator) ?? 0) / filling.count
            let padding = String(repeating: filling, count: count)
            let tail = generator.oneIn(2) ? "" : "@host " + String(repeating: "-", count: 1200)
            for text in try await Self.shown(padding + secret + tail, redaction) {
                #expect(!Self.leaks(words, into: text), "seed \(seed): \(secret.debugDescription) in \(text)")
                #expect(text.utf8.count <= RunResult.maximumMessageBytes)
            }
            let halves = padding + String(secret.prefix(secret.count / 2))
            let cut = SeenText(redaction: redaction).quoted(Array(halves.utf8))
            #expect(!Self.leaks(words, into: cut), "seed \(seed): half of \(secret.debugDescription) in \(cut)")
        }
    }

    @Test func aMarkIsNeverCutNorTakenForASecret() {
        let redaction = Self.redaction("hunter2-hunter2")
        let seen = SeenText(redaction: redaction)
        for count in 60...90 {
            let padding = String(repeating: "x", count: count)
            let text = seen.cut("\(padding)hunter2-hunter2 and more")
            #expect(text.hasPrefix(String(padding.prefix(80))) && (text.contains("<secret>") || !text.contains("<")))
            let message = redaction("\(padding)hunter2-hunter2 and more", bytes: count + 5)
            #expect(message.contains("<secret>") || message == String(padding.prefix(count)) + "…", "\(message)")
        }
        let named = Redaction(["secret", "<secret", "et>x"])
        #expect(named("a secret") == "a <secret>" && named(named("a secret")) == "a <secret>")
        #expect(Redaction(["abcdef", "defghi", "cdef"])("1abcdefghi2") == "1<secret>2")
    }

    /// Four kilobytes of a secret that is nearly there at each place, in 64 KiB; and many secrets.
    @Test func theWorkGrowsWithTheTextAndNotWithTheSecrets() {
        let nearly = [UInt8](repeating: 97, count: 65_536)
        let long = SecretFinder([[UInt8](repeating: 97, count: 4095) + [98]])
        let many = SecretFinder(
            (0..<2000).map { Array("a\($0)aaaa".utf8) } + [[UInt8](repeating: 97, count: 500) + [99]]
        )
        for finder in [long, many] {
            let findings = finder.search(nearly, shortest: 4) { _ in false }
            #expect(findings.spans.isEmpty && findings.steps <= 2 * nearly.count, "\(findings.steps)")
        }
        let found = long.search(nearly + [98], shortest: 4) { _ in false }
        #expect(found.spans == [(65_536 - 4095)..<65_537])
        let half = long.search(nearly, shortest: 4) { $0 == nearly.count }
        #expect(half.spans == [(65_536 - 4095)..<65_536])
    }

    @Test(
        arguments: [
            ("postgres://me:hunter2@db/x is down", "postgres://me:<secret>@db/x is down"),
            ("a: b@c", "a: b@c"), ("error: mail to root@example.org failed", "error: mail to root@example.org failed"),
            ("see https://example.org:8080/a?mail=b@c", "see https://example.org:8080/a?mail=b@c"),
            ("amqp://a@b:hunter2@mq, redis://:hun/t@r@h", "amqp://a@b:<secret>@mq, redis://:<secret>@h"),
            ("http://h/a:b@c", "http://h/a:b@c"), ("ssh://git@h:22/x", "ssh://git@h:22/x"), ("://", "://"),
        ]
    )
    func ofAURLThatATargetNamesOnlyThePasswordIsLeftOut(text: String, shown: String) {
        #expect(SeenText().cut(text) == shown)
    }

    @Test func aSecretIsFoundAsJSONHasIt() {
        #expect(Self.redaction("a\"b\\c\nd\u{1}e")(#"{"x": "a\"b\\c\nd\u0001e"}"#) == #"{"x": "<secret>"}"#)
    }
}
