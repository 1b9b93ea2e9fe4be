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
    var seen = SeenText()

    /// Whether all of the body counts.
    var readsBody: Bool { expectedBody != nil || rejectedBody != nil || !json.isEmpty }

    /// Whether an answer is judged at once; what takes longer belongs on a thread of its own.
    func isQuick(_ answer: HTTPAnswer) -> Bool {
        let bodyIsQuick = [expectedBody, rejectedBody].allSatisfy { $0?.isQuick(answer.body.count) ?? true }
        let jsonIsQuick = json.isEmpty || answer.body.count <= Self.quickJSON
        return bodyIsQuick && jsonIsQuick
            && headers.allSatisfy { $0.pattern.isQuick(answer.headers[$0.name].reduce(0) { $0 + $1.utf8.count }) }
    }

    private static let quickJSON = 4096

    /// What an answer means, and why.
    func judge(
        _ answer: HTTPAnswer,
        maximumBody: Int
    ) throws(CheckFailure) -> (verdict: CheckReport.Verdict, message: String) {
        let seen = "status \(answer.status)"
        guard status.contains(where: { $0.contains(answer.status) }) else {
            let verdict: CheckReport.Verdict =
                onOtherStatus == .degraded ? .degraded(.unexpectedStatus) : .failure(.unexpectedStatus)
            return (verdict, "\(seen), expected \(expectedStatus)")
        }
        if readsBody && answer.bodyWasCut {
            return (.failure(.bodyTooLarge), "the body is larger than \(maximumBody) bytes")
        }
        if let problem = try headerProblem(answer) { return (.failure(.assertion), problem) }
        if let problem = try bodyProblem(answer) { return (.failure(.assertion), problem) }
        return judgeJSON(answer) ?? (.success, seen)
    }

    private var expectedStatus: String {
        let shown = status.prefix(8).map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        return shown.joined(separator: ", ") + (status.count > 8 ? ", …" : "")
    }

    private func headerProblem(_ answer: HTTPAnswer) throws(CheckFailure) -> String? {
        for (name, pattern) in headers {
            guard answer.headers.contains(name: name) else {
                return "the header \(name.cutForDisplay) is missing, expected a match of \(seen.quoted(pattern))"
            }
            let values = Array(answer.headers[name].joined(separator: ", ").utf8)
            if try pattern.search(in: values) == .differs {
                let found = seen.quoted(values)
                return "the header \(name.cutForDisplay) is \(found), expected a match of \(seen.quoted(pattern))"
            }
        }
        return nil
    }

    private func bodyProblem(_ answer: HTTPAnswer) throws(CheckFailure) -> String? {
        if let expectedBody, try expectedBody.search(in: answer.body) == .differs {
            return "the body is \(seen.quoted(answer.body)), expected a match of \(seen.quoted(expectedBody))"
        }
        if let rejectedBody, try rejectedBody.search(in: answer.body) == .matches {
            return "the body is \(seen.quoted(answer.body)), expected no match of \(seen.quoted(rejectedBody))"
        }
        return nil
    }

    private func judgeJSON(_ answer: HTTPAnswer) -> (CheckReport.Verdict, String)? {
        guard !json.isEmpty else { return nil }
        guard let document = JSONValue(parsing: answer.body) else {
            return (.failure(.assertion), "the body is \(seen.quoted(answer.body)), expected JSON")
        }
        let judged = json.map { judge($0, document) }
        let worst = CheckReport.Verdict.worst(judged.map(\.verdict))
        return judged.first { $0.verdict == worst && worst != .success }
    }

    private func judge(
        _ assertion: JSONAssertion,
        _ document: JSONValue
    ) -> (verdict: CheckReport.Verdict, message: String) {
        let place = assertion.pointer.text.isEmpty ? "the body" : assertion.pointer.text.cutForDisplay
        let value = assertion.pointer.value(in: document)
        let found = value.map(seen.shown) ?? "missing"
        switch assertion.expectation {
        case .value(let expected):
            if value?.equals(expected) == true { return (.success, "") }
            let wanted = value?.isString ?? true ? seen.quoted(expected) : seen.cut(expected)
            return (.failure(.assertion), "\(place) is \(found), expected \(wanted)")
        case .thresholds(let thresholds):
            guard case .number(let number) = value else {
                return (.failure(.assertion), "\(place) is \(found), expected a number")
            }
            let verdict = thresholds.judge(number)
            let bound = thresholds.bound(of: verdict).map { bound in
                ", expected \(thresholds.lowIsBad ? "more" : "less") than \(seen.shown(.number(bound)))"
            }
            return (verdict, "\(place) is \(found)\(bound ?? "")")
        }
    }
}
