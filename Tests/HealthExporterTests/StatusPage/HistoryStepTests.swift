import HealthCore
import Testing

@testable import HealthExporter

/// Which past a page shows whose address does not choose.
struct HistoryStepTests {
    private static let now = Timestamp(nanosecondsSinceEpoch: 1_767_225_600_000_000_000)

    private static func known(hoursAgo: [Int64]) -> [String: HistoryStore.Component] {
        var component = HistoryStore.Component()
        for hours in hoursAgo {
            component.success.record(isSuccess: true, at: now.advanced(by: .seconds(-3600 * hours)))
        }
        return ["new": HistoryStore.Component(), "known": component]
    }

    @Test(arguments: [([], HistoryStep.runs), ([0, 1, 2], .runs), ([3], .hours), ([0, 47], .hours), ([48], .runs)])
    func hoursAreShownOnceSomeAreKnown(hoursAgo: [Int64], step: HistoryStep) {
        #expect(HistoryStep.usual(for: Self.known(hoursAgo: hoursAgo.sorted(by: >)), at: Self.now) == step)
    }
}
