import HealthCore
import Testing

@Suite struct ReasonReferenceTests {
    @Test func theListOfReasonsIsTheOneOfTheCode() throws {
        var page = ReferencePage(
            name: "ReasonReference",
            title: "Reasons",
            abstract: "Why something is not healthy: the closed list that metrics, logs and documents use."
        )
        page.body = ReferencePage.table(
            ["Reason", "What it means, and where to look first"],
            rows: FailureReason.allCases.map { ["`\($0.rawValue)`", $0.hint] }
        )
        try page.check()
    }
}
