import HealthTesting
import Testing

@testable import HealthCore
@testable import HealthExporter

/// Bodies of the three probes, as anybody may read them.
struct ProbeDocumentTests {
    private static let time = #""timestamp":"2026-01-01T00:00:00.000Z"}"#

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        arguments: [
            ([], #"{"status":"healthy","#),
            (["scheduler"], #"{"status":"unhealthy","reason":"stalled","stalled":["scheduler"],"#),
            (["a", "b"], #"{"status":"unhealthy","reason":"stalled","stalled":["a","b"],"#),
        ]
    )
    func livenessNamesTheLoopsWithoutProgress(stalled: [String], start: String) {
        let body = Self.text(ProbeDocuments.liveness(stalled: stalled, at: .newYear2026))
        #expect(body == start + Self.time)
    }

    @Test(
        arguments: [
            ([], #"{"status":"started","#), (["db"], #"{"status":"starting","waiting_for":["db"],"#),
            (["main-listener", "db"], #"{"status":"starting","waiting_for":["main-listener","db"],"#),
        ]
    )
    func startUpNamesWhatItWaitsFor(names: [String], start: String) {
        #expect(Self.text(ProbeDocuments.startup(waitingFor: names, at: .newYear2026)) == start + Self.time)
    }

    @Test(arguments: [(100, nil), (101, "and 1 more"), (250, "and 150 more")] as [(Int, String?)])
    func startUpNamesAHundredAtMost(count: Int, rest: String?) {
        let names = (0..<count).map { "c\($0)" }
        let body = Self.text(ProbeDocuments.startup(waitingFor: names, at: .newYear2026))
        #expect(body.contains(#""c99""#) && !body.contains(#""c100""#))
        #expect(body.contains(#""and "#) == (rest != nil))
        if let rest { #expect(body.contains(#","\#(rest)"],"#)) }
    }

    private static func verdict(_ readiness: Readiness, causes: [HealthCause] = []) -> HealthVerdict {
        var verdict = HealthVerdict(readiness)
        verdict.causes = causes
        return verdict
    }

    @Test(
        arguments: [
            (.ready, #"{"status":"ready","uptime_seconds":"#), (.degraded, #"{"status":"degraded","uptime_seconds":"#),
            (.notReady(.shuttingDown), #"{"status":"not_ready","reason":"shutting_down","uptime_seconds":"#),
            (.notReady(.starting), #"{"status":"not_ready","reason":"starting","uptime_seconds":"#),
            (.notReady(.unhealthy), #"{"status":"not_ready","reason":"unhealthy","uptime_seconds":"#),
            (.notReady(.unknown), #"{"status":"not_ready","reason":"unknown","uptime_seconds":"#),
        ] as [(Readiness, String)]
    )
    func readinessSaysWhyItFails(readiness: Readiness, start: String) {
        let body = ProbeDocuments.readiness(Self.verdict(readiness), uptime: .zero, at: .newYear2026)
        let counts = #""components":{"healthy":0,"degraded":0,"unknown":0,"unhealthy":0},"causes":[],"#
        #expect(Self.text(body) == start + "0," + counts + Self.time)
    }

    @Test(
        arguments: [
            (.zero, "0"), (.milliseconds(1), "0.001"), (.microseconds(1499), "0.001"), (.microseconds(1500), "0.002"),
            (.seconds(86_400), "86400"),
        ] as [(Duration, String)]
    )
    func uptimeIsRoundedToMilliseconds(uptime: Duration, text: String) {
        let body = ProbeDocuments.readiness(Self.verdict(.ready), uptime: uptime, at: .newYear2026)
        #expect(Self.text(body).contains(#""uptime_seconds":\#(text),"#))
    }

    @Test func whatACauseLacksIsNull() {
        let cause = HealthCause(
            component: "db",
            check: nil,
            status: .degraded,
            reason: nil,
            since: nil,
            failures: 0
        )
        let body = ProbeDocuments.readiness(Self.verdict(.degraded, causes: [cause]), uptime: .zero, at: .newYear2026)
        let expected =
            #""causes":[{"component":"db","check":null,"status":"degraded","reason":null,"hint":null,"since":null,"failures":0}]"#
        #expect(Self.text(body).contains(expected))
    }
}

/// The list behind `?verbose`.
struct VerboseTextTests {
    private static func render(_ lines: [VerboseText.Line], isPassing: Bool = true) -> String {
        String(decoding: VerboseText.render(probe: "readyz", lines: lines, isPassing: isPassing), as: UTF8.self)
    }

    @Test func withoutLinesOnlyTheProbeItselfIsNamed() {
        #expect(Self.render([]) == "readyz check passed\n")
        #expect(Self.render([], isPassing: false) == "readyz check failed\n")
    }

    @Test func whatFailsComesFirstInItsOrder() {
        let lines: [VerboseText.Line] = [
            .init("a"), .init("b", problem: "timeout"), .init("c", remark: "drill"), .init("d", problem: "stale"),
        ]
        #expect(
            Self.render(lines, isPassing: false) == """
                [-]b failed: timeout
                [-]d failed: stale
                [+]a ok
                [+]c ok: drill
                readyz check failed

                """
        )
    }

    @Test func aListThatIsTooLongSaysHowManyAreLeftOut() throws {
        let lines = (0..<1000).map { VerboseText.Line("component-\($0)") }
        let text = Self.render(lines)
        let shown = text.split(separator: "\n")
        let rest = try #require(shown.dropLast().last)
        #expect(text.utf8.count <= 8 * 1024 && shown.last == "readyz check passed")
        #expect(rest == "and \(1000 - (shown.count - 2)) more")
    }
}
