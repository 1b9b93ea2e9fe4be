import HealthCore
import NIOHTTP1

/// Evaluates answers against assertions.
struct HTTPEvaluation: Sendable {
    /// What is expected.
    let assertions: HTTPAssertions
    /// How many bytes of a body were read at most.
    let maximumBody: Int
    /// Quotes what the target said.
    private(set) var seen: SeenText

    /// A JSON document of so many bytes is read at once.
    private static let quickJSON = 4096

    /// Whether an answer is evaluated at once; what takes longer belongs on a thread of its own.
    func isQuick(_ answer: HTTPAnswer) -> Bool {
        let patterns = [assertions.expectedBody, assertions.rejectedBody]
        let bodyIsQuick = patterns.allSatisfy { $0?.isQuick(answer.body.count) ?? true }
        let jsonIsQuick = assertions.json.isEmpty || answer.body.count <= Self.quickJSON
        return bodyIsQuick && jsonIsQuick
            && assertions.headers.allSatisfy { header in
                header.value.isQuick(answer.headers[header.name].reduce(0) { $0 + $1.utf8.count })
            }
    }

    /// The same, with messages that don't repeat a token.
    func hiding(_ token: AccessToken) -> HTTPEvaluation {
        var copy = self
        copy.seen = seen.without(token.redaction)
        return copy
    }

    /// Whether a status is a right one.
    func expects(_ status: Int) -> Bool {
        assertions.status.contains { $0.contains(status) }
    }

    /// How good or bad an answer is, and why; the first of status, size, headers, body and JSON that is not as expected decides.
    func evaluate(_ answer: HTTPAnswer) throws(CheckFailure) -> (verdict: CheckReport.Verdict, message: String) {
        guard expects(answer.status) else {
            let isDegraded = assertions.onOtherStatus == .degraded
            let message = "status \(answer.status), expected \(expectedStatus)"
            return (isDegraded ? .degraded(.unexpectedStatus) : .failure(.unexpectedStatus), message)
        }
        if assertions.readsBody && answer.bodyWasCut {
            return (.failure(.bodyTooLarge), "the body is larger than \(maximumBody) bytes")
        }
        if let problem = try headerProblem(answer) { return (.failure(.assertion), problem) }
        if let problem = try bodyProblem(answer) { return (.failure(.assertion), problem) }
        return evaluateJSON(answer) ?? (.success, "status \(answer.status)")
    }

    private var expectedStatus: String {
        let shown = assertions.status.prefix(8).map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        return shown.joined(separator: ", ") + (assertions.status.count > 8 ? ", …" : "")
    }

    private func headerProblem(_ answer: HTTPAnswer) throws(CheckFailure) -> String? {
        for header in assertions.headers {
            let (name, pattern) = (header.name, header.value)
            guard answer.headers.contains(name: name) else {
                return "the header \(name.cutForDisplay) is missing, expected a match of \(seen.quoted(pattern))"
            }
            let values = Array(answer.headers[name].joined(separator: ", ").utf8)
            if try !pattern.isFound(in: values) {
                let found = seen.quoted(values)
                return "the header \(name.cutForDisplay) is \(found), expected a match of \(seen.quoted(pattern))"
            }
        }
        return nil
    }

    private func bodyProblem(_ answer: HTTPAnswer) throws(CheckFailure) -> String? {
        if let pattern = assertions.expectedBody, try !pattern.isFound(in: answer.body) {
            return "the body is \(seen.quoted(answer.body)), expected a match of \(seen.quoted(pattern))"
        }
        if let pattern = assertions.rejectedBody, try pattern.isFound(in: answer.body) {
            return "the body is \(seen.quoted(answer.body)), expected no match of \(seen.quoted(pattern))"
        }
        return nil
    }

    /// The worst of the assertions about the document; nil when all hold.
    private func evaluateJSON(_ answer: HTTPAnswer) -> (CheckReport.Verdict, String)? {
        guard !assertions.json.isEmpty else { return nil }
        guard let document = JSONValue(parsing: answer.body) else {
            return (.failure(.assertion), "the body is \(seen.quoted(answer.body)), expected JSON")
        }
        let evaluated = assertions.json.map { $0.evaluate(document, seen: seen) }
        let worst = CheckReport.Verdict.worst(evaluated.map(\.verdict))
        return evaluated.first { $0.verdict == worst && worst != .success }
    }
}
