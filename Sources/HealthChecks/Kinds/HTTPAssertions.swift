import HealthCore
import NIOHTTP1

/// What an HTTP check expects of an answer.
struct HTTPAssertions: Sendable {
    /// What a status that is not expected means.
    enum OtherStatus: String, CaseIterable {
        case degraded, unhealthy
    }

    /// What a JSON document must hold at one place.
    struct JSONAssertion: Sendable {
        enum Expectation: Sendable {
            case value(String)
            case thresholds(ThresholdPair<Double>)
        }

        let pointer: JSONPointer
        let expectation: Expectation
    }

    var status: [ClosedRange<Int>] = [200...299]
    var onOtherStatus = OtherStatus.unhealthy
    var expectedBody: Pattern?
    var rejectedBody: Pattern?
    var headers: [(name: String, pattern: Pattern)] = []
    var json: [JSONAssertion] = []

    /// Whether all of the body counts.
    var readsBody: Bool { expectedBody != nil || rejectedBody != nil || !json.isEmpty }

    /// What an answer means, and why.
    func judge(_ answer: HTTPAnswer, maximumBody: Int) -> (verdict: CheckReport.Verdict, message: String) {
        let seen = "answered with status \(answer.status)"
        guard status.contains(where: { $0.contains(answer.status) }) else {
            return (onOtherStatus == .degraded ? .degraded(.unexpectedStatus) : .failure(.unexpectedStatus), seen)
        }
        if readsBody && answer.bodyWasCut {
            return (.failure(.bodyTooLarge), "the body is larger than \(maximumBody) bytes")
        }
        if let problem = headerProblem(answer) ?? bodyProblem(answer) { return (.failure(.assertion), problem) }
        return judgeJSON(answer) ?? (.success, seen)
    }

    private func headerProblem(_ answer: HTTPAnswer) -> String? {
        for (name, pattern) in headers {
            guard answer.headers.contains(name: name) else { return "the header \(name) is missing" }
            let values = Array(answer.headers[name].joined(separator: ", ").utf8)
            if let problem = problem(pattern.search(in: values), "the header \(name)", "expect_header") {
                return problem
            }
        }
        return nil
    }

    private func bodyProblem(_ answer: HTTPAnswer) -> String? {
        if let expectedBody,
            let problem = problem(expectedBody.search(in: answer.body), "the body", "expect_body")
        {
            return problem
        }
        switch rejectedBody?.search(in: answer.body) {
        case .matches: return "the body matches reject_body"
        case .limitReached: return "reject_body \(Self.tooManySteps)"
        case .differs, nil: return nil
        }
    }

    private static let tooManySteps = "took too many steps on this answer; use a simpler pattern"

    private func problem(_ outcome: Pattern.Outcome, _ what: String, _ key: String) -> String? {
        switch outcome {
        case .matches: nil
        case .differs: "\(what) does not match \(key)"
        case .limitReached: "\(key) \(Self.tooManySteps)"
        }
    }

    private func judgeJSON(_ answer: HTTPAnswer) -> (CheckReport.Verdict, String)? {
        guard !json.isEmpty else { return nil }
        guard let document = JSONValue(parsing: answer.body) else {
            return (.failure(.assertion), "the body is no JSON")
        }
        let judged = json.map { judge($0, document) }
        let worst = CheckReport.Verdict.worst(judged.map(\.verdict))
        return judged.first { $0.verdict == worst && worst != .success }
    }

    private func judge(
        _ assertion: JSONAssertion,
        _ document: JSONValue
    ) -> (verdict: CheckReport.Verdict, message: String) {
        let place = "the body at `\(assertion.pointer.text)`"
        guard let value = assertion.pointer.value(in: document) else {
            return (.failure(.assertion), "\(place) holds nothing")
        }
        switch assertion.expectation {
        case .value(let expected):
            return value.equals(expected) ? (.success, "") : (.failure(.assertion), "\(place) is another value")
        case .thresholds(let thresholds):
            guard case .number(let number) = value else { return (.failure(.assertion), "\(place) is no number") }
            return (thresholds.judge(number), "\(place) is \(number)")
        }
    }
}
