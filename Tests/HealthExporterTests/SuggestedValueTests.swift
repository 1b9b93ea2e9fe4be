import Testing

/// What an error suggests is accepted where it stands.
struct SuggestedValueTests {
    /// Files with a place for a value, and one that is refused there.
    private static let places = [
        "limits: {stall: VALUE}\n", "shutdown: {drain: 0s, grace: VALUE}\n",
        "defaults: {interval: VALUE, timeout: 10ms}\n",
        "defaults: {interval: 8d, timeout: VALUE}\n", "defaults: {interval: 8d, confirm_interval: VALUE}\n",
        "defaults: {interval: 8d, timeout: 7d1s, degraded_above: VALUE}\n", "web: {listen: VALUE}\n",
        "network: {allow: [VALUE]}\n", "web: {host_names: [VALUE]}\n", "defaults: {component: {objective: VALUE}}\n",
        "defaults: {component: {buckets: [VALUE]}}\n", "limits: {blocking_threads: VALUE}\n",
    ]

    @Test(arguments: places, ["1ms", "/"])
    func isAccepted(place: String, wrong: String) throws {
        let text = place + ConfigurationText.check("")
        let problems = ConfigurationText.problems(text.replacing("VALUE", with: wrong)).filter {
            $0.contains("expected ")
        }
        guard let problem = problems.first else {
            // A millisecond is right in some places, a slash is so nowhere.
            #expect(wrong != "/", "\(place)")
            return
        }
        let suggested = Self.suggestions(in: problem)
        if problem.contains("such as ") { #expect(!suggested.isEmpty, "\(problem)") }
        for value in suggested {
            let found = ConfigurationText.problems(text.replacing("VALUE", with: "\"\(value)\""))
            #expect(!found.contains { $0.contains("expected ") }, "\(value) is suggested by: \(problem)\n\(found)")
        }
    }

    private static func suggestions(in problem: String) -> [String] {
        guard let start = problem.firstRange(of: "such as "), let end = problem.firstRange(of: ", found ") else {
            return []
        }
        return problem[start.upperBound..<end.lowerBound].replacing(" or ", with: ", ").split(separator: ", ").map(
            String.init
        )
    }

    @Test func ofStallIsNoShorterThanItMayBe() {
        let problems = ConfigurationText.problems("limits: {stall: 250ms}\n" + ConfigurationText.check(""))
        #expect(problems.count == 1 && problems[0].hasSuffix("such as 10s, 1m30s or 7d, found `250ms`"), "\(problems)")
    }
}
