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
}
