import HealthCore

/// Which past the bars of the page show.
enum HistoryStep: String, CaseIterable, Sendable {
    /// The last 48 runs.
    case runs
    /// The last 48 hours.
    case hours
    /// The last 90 days.
    case days

    /// How many bars there are.
    var count: Int {
        switch self {
        case .runs: RunHistory.length
        case .hours: 48
        case .days: SuccessHistory.days
        }
    }

    /// The length of a bar in seconds; 0 for a run.
    var seconds: Int64 {
        switch self {
        case .runs: 0
        case .hours: 3600
        case .days: 86_400
        }
    }

    /// How many hours have to have passed since the first result until bars of hours say more than those of runs.
    private static let manyHours = 3

    /// Which past a page shows whose address does not choose.
    static func usual(for history: [String: HistoryStore.Component], at now: Timestamp) -> HistoryStep {
        let isKnownForLong = history.values.contains { component in
            let earlier = component.success.byHour.last(hours.count, at: now).dropLast(manyHours)
            return earlier.contains { $0.count != SuccessCount() }
        }
        return isKnownForLong ? .hours : .runs
    }
}
