import HealthCore
import Testing

@testable import HealthChecks

/// The report on an answer of a name server.
struct DNSEvaluationTests {
    private static func report(
        _ values: [String],
        code: UInt16 = 0,
        expecting pattern: String? = nil,
        expectedCode: UInt16 = 0,
        type: DNSRecordType = .a
    ) throws -> CheckReport {
        var settings = DNSSettings()
        settings.name = try #require(DNSQueryName("shop.example"))
        (settings.record, settings.responseCode) = (type, expectedCode)
        settings.expected = try pattern.map { try Pattern($0) }
        let answer = DNSAnswer(responseCode: code, isTruncated: false, values: values)
        return try DNSEvaluation(settings: settings, seen: SeenText()).report(on: answer)
    }

    @Test(
        arguments: [
            (["192.0.2.1"], nil, .success, "1 A records"), (["192.0.2.1", "192.0.2.2"], nil, .success, "2 A records"),
            ([], nil, .failure(.dnsNotFound), "the name has no A record"),
            ([], "^192", .failure(.dnsNotFound), "the name has no A record"),
            (["192.0.2.1", "198.51.100.1"], "^198\\.", .success, "2 A records, one as expected"),
            (
                ["192.0.2.1", "192.0.2.2"], "^10\\.", .failure(.assertion),
                "A is 192.0.2.1, 192.0.2.2, expected a match of \"^10\\.\""
            ),
        ] as [([String], String?, CheckReport.Verdict, String)]
    )
    func theRecordsMustMatch(
        values: [String],
        pattern: String?,
        verdict: CheckReport.Verdict,
        message: String
    ) throws {
        let report = try Self.report(values, expecting: pattern)
        #expect(report.verdict == verdict && report.message == message)
        #expect(report.measured.map(\.value) == [Double(values.count)])
        #expect(report.details == values.map { .init("record", $0) })
    }

    @Test(
        arguments: [
            (3, 0, .failure(.dnsNotFound), "the answer is NXDOMAIN, expected NOERROR"),
            (2, 0, .failure(.dnsFailure), "the answer is SERVFAIL, expected NOERROR"),
            (5, 0, .failure(.dnsFailure), "the answer is REFUSED, expected NOERROR"),
            (11, 0, .failure(.dnsFailure), "the answer is RCODE11, expected NOERROR"),
            (3, 3, .success, "the answer is NXDOMAIN, as expected"),
            (5, 5, .success, "the answer is REFUSED, as expected"),
            (0, 3, .failure(.assertion), "the answer is NOERROR, expected NXDOMAIN"),
            (2, 3, .failure(.dnsFailure), "the answer is SERVFAIL, expected NXDOMAIN"),
        ] as [(UInt16, UInt16, CheckReport.Verdict, String)]
    )
    func theResponseCodeMustBeTheExpectedOne(
        code: UInt16,
        expected: UInt16,
        verdict: CheckReport.Verdict,
        message: String
    ) throws {
        let report = try Self.report([], code: code, expectedCode: expected)
        #expect(report.verdict == verdict && report.message == message)
    }

    @Test func twentyRecordsAreShownAndAllAreMeasuredAndMatched() throws {
        let values = (1...30).map { "v\($0)" }
        let report = try Self.report(values, expecting: "^v30$", type: .txt)
        #expect(report.verdict == .success && report.message == "30 TXT records, one as expected")
        #expect(report.measured.map(\.value) == [30] && report.details.count == 20)
        let other = try Self.report(values.map { $0 + String(repeating: "x", count: 50) }, expecting: "^y", type: .txt)
        #expect(other.message.utf8.count < 200 && other.message.hasPrefix("TXT is v1xxx"))
    }

    @Test func manyLongRecordsAreMatchedOnAThreadOfTheirOwn() throws {
        var settings = DNSSettings()
        settings.expected = try Pattern("(x+x+)+y")
        let evaluation = DNSEvaluation(settings: settings, seen: SeenText())
        func isQuick(_ values: [String]) -> Bool {
            evaluation.isQuick(DNSAnswer(responseCode: 0, isTruncated: false, values: values))
        }
        #expect(isQuick(["x"]) && isQuick([]))
        #expect(!isQuick(Array(repeating: String(repeating: "x", count: 255), count: 100)))
    }

    @Test(
        arguments: [
            ([("server", "10.0.0.53")], "10.0.0.53:53"), ([("server", "10.0.0.53:54")], "10.0.0.53:54"),
            ([("server", "::1")], "[::1]:53"), ([("server", "[::1]:54")], "[::1]:54"),
            ([("server", "ns.example")], "ns.example:53"), ([], nil),
        ] as [([(String, String)], String?)]
    )
    func aServerHasPort53UnlessItSaysAnother(keys: [(String, String)], address: String?) throws {
        let made = KindRun.make("dns", ([("name", "a")] + keys).map { ($0.0, .text($0.1)) })
        let check = try #require(made.check as? DNSCheck, "\(made.problems)")
        #expect(check.settings.server?.target(.auto).address == address)
    }

    @Test(
        arguments: [
            ([("server", "h:0")], "expected host or host:port, such as 10.0.0.53 or [::1]:5353, found `h:0`"),
            ([("ip", "v4")], "has no effect without `server`"),
            (
                [("rcode", "NXDOMAIN"), ("expect", "x")],
                "has no effect: an answer with another rcode than NOERROR has no records"
            ),
            (
                [("rcode", "nxdomain")],
                "expected one of NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, found `nxdomain`"
            ),
        ] as [([(String, String)], String)]
    )
    func keysThatContradictEachOtherAreRefused(keys: [(String, String)], problem: String) {
        let made = KindRun.make("dns", ([("name", "a")] + keys).map { ($0.0, .text($0.1)) })
        #expect(made.problems == [problem])
    }
}
