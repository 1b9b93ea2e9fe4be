import HealthCore
import NIOHTTP1
import Testing

@testable import HealthChecks

/// What an answer is worth: status, size, headers, body and JSON, in this order.
struct HTTPEvaluationTests {
    private static func answer(
        _ status: Int = 200,
        _ body: String = "hello",
        headers: [(String, String)] = [],
        isCut: Bool = false
    ) -> HTTPAnswer {
        HTTPAnswer(status: status, headers: HTTPHeaders(headers), body: Array(body.utf8), bodyWasCut: isCut)
    }

    private static func evaluate(
        _ answer: HTTPAnswer,
        _ change: (inout HTTPAssertions) throws -> Void
    ) throws -> (verdict: CheckReport.Verdict, message: String) {
        var assertions = HTTPAssertions()
        try change(&assertions)
        return try HTTPEvaluation(assertions: assertions, maximumBody: 100, seen: SeenText()).evaluate(answer)
    }

    @Test(
        arguments: [
            ([200...299], [200, 204, 299], [199, 300, 500]), ([200...200], [200], [201, 199]),
            ([200...200, 301...302], [200, 301, 302], [201, 303]), ([100...599], [100, 599], []),
            ([404...404], [404], [200]),
        ] as [([ClosedRange<Int>], [Int], [Int])]
    )
    func aStatusIsWithinOneOfTheRanges(ranges: [ClosedRange<Int>], good: [Int], bad: [Int]) throws {
        for status in good + bad {
            let evaluated = try Self.evaluate(Self.answer(status)) { $0.status = ranges }
            #expect(evaluated.verdict == (good.contains(status) ? .success : .failure(.unexpectedStatus)), "\(status)")
        }
    }

    @Test func aMessageNamesEightRangesAtMost() throws {
        let codes = (0..<9).map { 400 + 10 * $0 }
        let shown = try Self.evaluate(Self.answer()) { $0.status = codes.map { $0...$0 } }.message
        #expect(shown == "status 200, expected 400, 410, 420, 430, 440, 450, 460, 470, …")
        let eight = try Self.evaluate(Self.answer()) { $0.status = codes.dropLast().map { $0...($0 + 1) } }.message
        #expect(eight.hasSuffix(", 470-471"))
    }

    @Test(
        arguments: [
            ("hel+o", nil, true), ("^hello$", nil, true), ("HELLO", nil, false), ("(?i)HELLO", nil, true),
            ("", nil, true),
            (nil, "bye", true), (nil, "hello", false), (nil, "^ello", true), ("hello", "ello", false),
            ("hello", "x", true),
        ] as [(String?, String?, Bool)]
    )
    func aBodyHoldsOnePatternAndNotTheOther(expected: String?, rejected: String?, isGood: Bool) throws {
        let evaluated = try Self.evaluate(Self.answer()) { assertions in
            assertions.expectedBody = try expected.map { try Pattern($0) }
            assertions.rejectedBody = try rejected.map { try Pattern($0) }
        }
        #expect(evaluated.verdict == (isGood ? .success : .failure(.assertion)), "\(evaluated.message)")
    }

    @Test(
        arguments: [
            ([], false), ([("X-Role", "primary")], true), ([("x-role", "primary")], true),
            ([("X-ROLE", "standby")], false),
            // Values of the same name are one list (RFC 9110 §5.3).
            ([("X-Role", "standby"), ("X-Role", "primary")], true), ([("X-Role", "a, primary")], true),
            ([("X-Role", "")], false),
            ([("X-Other", "primary")], false),
        ] as [([(String, String)], Bool)]
    )
    func aHeaderIsFoundByNameWhateverItsCase(headers: [(String, String)], isGood: Bool) throws {
        let evaluated = try Self.evaluate(Self.answer(headers: headers)) { assertions in
            assertions.headers = [SettingEntry("x-role", try Pattern("primary$"))]
        }
        #expect(evaluated.verdict == (isGood ? .success : .failure(.assertion)), "\(evaluated.message)")
        if headers.isEmpty { #expect(evaluated.message.hasPrefix("the header x-role is missing")) }
    }

    @Test func theFirstThatIsNotAsExpectedDecides() throws {
        func message(_ status: Int, isCut: Bool, role: String?, body: String) throws -> String {
            let answer = Self.answer(status, body, headers: role.map { [("Role", $0)] } ?? [], isCut: isCut)
            return try Self.evaluate(answer) { assertions in
                assertions.headers = [SettingEntry("Role", try Pattern("a"))]
                assertions.expectedBody = try Pattern("1")
                assertions.rejectedBody = try Pattern("2")
                assertions.json = [JSONAssertion(pointer: try #require(JSONPointer("")), expectation: .value("1"))]
            }.message
        }
        #expect(try message(500, isCut: true, role: nil, body: "2").hasPrefix("status 500"))
        #expect(try message(200, isCut: true, role: nil, body: "2") == "the body is larger than 100 bytes")
        #expect(try message(200, isCut: false, role: nil, body: "2").hasPrefix("the header Role is missing"))
        #expect(try message(200, isCut: false, role: "b", body: "2").hasPrefix("the header Role is \"b\""))
        #expect(try message(200, isCut: false, role: "a", body: "2").hasSuffix("expected a match of \"1\""))
        #expect(try message(200, isCut: false, role: "a", body: "12").hasSuffix("expected no match of \"2\""))
        #expect(try message(200, isCut: false, role: "a", body: "1x").hasSuffix("expected JSON"))
        #expect(try message(200, isCut: false, role: "a", body: "11") == "the body is 11, expected 1")
        #expect(try message(200, isCut: false, role: "a", body: "1") == "status 200")
    }

    @Test func aBodyThatWasCutIsEnoughWhenNothingIsExpectedOfIt() throws {
        #expect(try Self.evaluate(Self.answer(isCut: true)) { _ in }.verdict == .success)
        let withHeader = try Self.evaluate(Self.answer(headers: [("A", "b")], isCut: true)) { assertions in
            assertions.headers = [SettingEntry("a", try Pattern("b"))]
        }
        #expect(withHeader.verdict == .success)
    }

    private static func json(_ pointer: String, _ expectation: JSONAssertion.Expectation) throws -> JSONAssertion {
        JSONAssertion(pointer: try #require(JSONPointer(pointer)), expectation: expectation)
    }

    private static func bounds(
        _ degraded: Double?,
        _ unhealthy: Double?,
        low: Bool = false
    ) -> JSONAssertion.Expectation {
        .thresholds(ThresholdPair(degraded: degraded, unhealthy: unhealthy, lowIsBad: low))
    }

    @Test(
        arguments: [
            ("1", bounds(2, 3), .success, "/n is 1"),
            ("2", bounds(2, 3), .degraded(.threshold), "/n is 2, expected less than 2"),
            ("3", bounds(2, 3), .failure(.threshold), "/n is 3, expected less than 3"),
            ("2.5", bounds(nil, 3), .success, "/n is 2.5"),
            ("9", bounds(2, nil), .degraded(.threshold), "/n is 9, expected less than 2"),
            ("3", bounds(2, 1, low: true), .success, "/n is 3"),
            ("2", bounds(2, 1, low: true), .degraded(.threshold), "/n is 2, expected more than 2"),
            ("0", bounds(2, 1, low: true), .failure(.threshold), "/n is 0, expected more than 1"),
            ("1e300", bounds(1, 2), .failure(.threshold), "/n is 1e+300, expected less than 2"),
            ("-1", bounds(0, 1), .success, "/n is -1"),
            (#""2""#, bounds(1, 2), .failure(.assertion), #"/n is "2", expected a number"#),
            ("true", bounds(1, 2), .failure(.assertion), "/n is true, expected a number"),
            ("null", bounds(1, 2), .failure(.assertion), "/n is null, expected a number"),
            ("[1]", bounds(1, 2), .failure(.assertion), "/n is a list, expected a number"),
            ("{}", .value("x"), .failure(.assertion), "/n is an object, expected x"),
            ("null", .value("null"), .success, ""), ("1", .value("1.0"), .success, ""),
        ] as [(String, JSONAssertion.Expectation, CheckReport.Verdict, String)]
    )
    func aValueIsComparedAsItsExpectationSays(
        value: String,
        expectation: JSONAssertion.Expectation,
        verdict: CheckReport.Verdict,
        message: String
    ) throws {
        let document = try #require(JSONValue(parsing: Array(#"{"n":\#(value)}"#.utf8)))
        let evaluated = try Self.json("/n", expectation).evaluate(document, seen: SeenText())
        #expect(evaluated.verdict == verdict)
        #expect(evaluated.message == message)
    }

    @Test func theWorstOfSeveralValuesIsReported() throws {
        let body = #"{"a":2,"b":2,"c":"down"}"#
        let assertions = [
            try Self.json("/a", Self.bounds(1, 9)), try Self.json("/b", Self.bounds(1, 2)),
            try Self.json("/c", .value("up")),
        ]
        let all = try Self.evaluate(Self.answer(200, body)) { $0.json = assertions }
        #expect(all.verdict == .failure(.threshold) && all.message == "/b is 2, expected less than 2")
        let first = try Self.evaluate(Self.answer(200, body)) { $0.json = Array(assertions.prefix(1)) }
        #expect(first.verdict == .degraded(.threshold) && first.message == "/a is 2, expected less than 1")
    }

    @Test(
        arguments: [
            (4096, "x", 0, true), (4097, "x", 0, false), (100_000, nil, 0, true), (4096, nil, 1, true),
            (4097, nil, 1, false),
        ] as [(Int, String?, Int, Bool)]
    )
    func longBodiesAreEvaluatedOnAThreadOfTheirOwn(bytes: Int, pattern: String?, json: Int, isQuick: Bool) throws {
        var assertions = HTTPAssertions()
        assertions.expectedBody = try pattern.map { try Pattern($0) }
        assertions.json = try (0..<json).map { _ in try Self.json("", .value("x")) }
        let evaluation = HTTPEvaluation(assertions: assertions, maximumBody: 1_000_000, seen: SeenText())
        #expect(evaluation.isQuick(Self.answer(200, String(repeating: "x", count: bytes))) == isQuick)
    }

    @Test func longHeadersAreEvaluatedOnAThreadOfTheirOwn() throws {
        var assertions = HTTPAssertions()
        assertions.headers = [SettingEntry("x", try Pattern("a"))]
        let evaluation = HTTPEvaluation(assertions: assertions, maximumBody: 100, seen: SeenText())
        func isQuick(_ lengths: [Int]) -> Bool {
            evaluation.isQuick(Self.answer(headers: lengths.map { ("x", String(repeating: "a", count: $0)) }))
        }
        #expect(isQuick([4096]) && !isQuick([4097]) && !isQuick([3000, 3000]))
    }
}
