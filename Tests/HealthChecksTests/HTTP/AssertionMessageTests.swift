import HealthCore
import NIOHTTP1
import Testing

@testable import HealthChecks

/// What assertions say of answers that are not as expected.
struct AssertionMessageTests {
    private static func text(_ text: String) -> SettingNode { .text(text) }

    private static func map(_ entries: [(String, SettingNode)]) -> SettingNode {
        let position = SettingPosition(line: 1, column: 1)
        return .map(entries.map { .init(key: $0.0, position: position, value: $0.1) }, position)
    }

    /// What a check of the kind `http` says of an answer.
    private func report(
        _ keys: [(String, SettingNode)],
        status: Int = 200,
        headers: HTTPHeaders = [:],
        _ body: String = "hello"
    ) throws -> (verdict: CheckReport.Verdict, message: String) {
        let made = KindRun.make("http", [("url", Self.text("http://h/"))] + keys)
        let check = try #require(made.check as? HTTPCheck, "\(made.problems)")
        let answer = HTTPAnswer(status: status, headers: headers, body: Array(body.utf8), bodyWasCut: false)
        return try check.evaluation.evaluate(answer)
    }

    @Test func statusesAreSaidWithWhatWasExpected() throws {
        #expect(try report([], status: 404).message == "status 404, expected 200-299")
        let expected = SettingNode.list(
            ["200", "[301-302]"].map(Self.text),
            SettingPosition(line: 1, column: 1)
        )
        #expect(try report([("expect_status", expected)], status: 500).message == "status 500, expected 200, 301-302")
        #expect(try report([]).message == "status 200")
    }

    @Test(
        arguments: [
            (map([("/status", text("up"))]), #"/status is "down", expected "up""#),
            (map([("/none", text("up"))]), #"/none is missing, expected "up""#),
            (map([("/ready", text("true"))]), "/ready is false, expected true"),
            (map([("/list", text("x"))]), "/list is a list, expected x"),
            (map([("/depth", map([("degraded", text("100"))]))]), "/depth is 120, expected less than 100"),
            (map([("/status", map([("degraded", text("100"))]))]), #"/status is "down", expected a number"#),
            (
                map([("/workers", map([("below", map([("unhealthy", text("3"))]))]))]),
                "/workers is 2, expected more than 3"
            ),
        ]
    )
    func jsonIsSaidWithWhatWasExpected(json: SettingNode, message: String) throws {
        let body = #"{"status": "down", "ready": false, "list": [], "depth": 120, "workers": 2}"#
        let said = try report([("json", json)], body)
        #expect(said.verdict != .success && said.message == message)
    }

    @Test(
        arguments: [(5, .success), (3, .degraded(.threshold)), (1, .failure(.threshold))]
            as [(Int, CheckReport.Verdict)]
    )
    func belowSaysThatLowIsBad(workers: Int, verdict: CheckReport.Verdict) throws {
        let below = Self.map([("below", Self.map([("degraded", Self.text("3")), ("unhealthy", Self.text("1"))]))])
        #expect(
            try report([("json", Self.map([("/workers", below)]))], #"{"workers": \#(workers)}"#).verdict == verdict
        )
    }

    @Test func thresholdsBelowMustBeInOrderAndAlone() {
        func problems(_ thresholds: [(String, SettingNode)]) -> [String] {
            let json = Self.map([("/workers", Self.map(thresholds))])
            return KindRun.make("http", [("url", Self.text("http://h/")), ("json", json)]).problems
        }
        let below = Self.map([("degraded", Self.text("1")), ("unhealthy", Self.text("3"))])
        #expect(problems([("below", below)]).contains { $0.contains("make it larger") })
        let right = Self.map([("unhealthy", Self.text("3"))])
        #expect(problems([("below", right), ("degraded", Self.text("7"))]).contains { $0.contains("unknown key") })
    }

    @Test func bodiesAndHeadersAreQuotedInOneShortLine() throws {
        let body = "line\n" + String(repeating: "x", count: 5000)
        let said = try report([("expect_body", Self.text("^bye$"))], body).message
        #expect(said.hasPrefix(#"the body is "line\u{a}xxx"#) && said.hasSuffix(#"…", expected a match of "^bye$""#))
        #expect(said.count <= 200)
        #expect(
            try report([("reject_body", Self.text("hel+"))]).message
                == #"the body is "hello", expected no match of "hel+""#
        )
        let header = Self.map([("x-role", Self.text("^primary$"))])
        #expect(
            try report([("expect_header", header)], headers: ["x-role": "standby"]).message
                == #"the header x-role is "standby", expected a match of "^primary$""#
        )
        #expect(try report([("expect_header", header)]).message.contains("is missing, expected a match"))
    }

    @Test func whatWasFoundNeverHoldsASecretNotEvenABeginningOfIt() throws {
        let node = Self.map([
            ("bearer_token", Self.text("hunter2-hunter2")),
            ("basic_auth", Self.map([("username", Self.text("me")), ("password", Self.text("swordfish"))])),
        ])
        let redaction = Redaction(of: node, keys: HTTPCheck.kind.keys)
        #expect(redaction("found hunter2-hunter2.") == "found <secret>.")
        #expect(redaction("found hunter2-hun…, expected") == "found <secret>…, expected")
        // bWU6c3dvcmRmaXNo is me:swordfish.
        #expect(redaction("Basic bWU6c3dvcmRmaXNo") == "Basic <secret>")
    }

    @Test(
        arguments: [
            ("postgres://me:hunter2@db/x", "postgres://<secret>@db/x"), ("me:hunter2@db", "<secret>@db"),
            ("x redis://:hun/ter@2@db", "x redis://<secret>@db"), ("team@example.org", "team@example.org"),
            ("https://example.org/a:b", "https://example.org/a:b"),
        ]
    )
    func aQuotedURLLacksItsPassword(text: String, shown: String) {
        #expect(text.cutForDisplay == shown)
        let long = text.replacing("hunter2", with: String(repeating: "hunter2", count: 30))
        #expect(!long.cutForDisplay.contains("hunter"))
    }
}
