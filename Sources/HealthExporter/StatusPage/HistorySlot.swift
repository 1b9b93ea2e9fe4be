import HealthCore

/// What a bar shows.
enum HistorySlot: Hashable, Sendable {
    case none, healthy, degraded, unhealthy
    /// An internal error, which says nothing about the target.
    case unknown

    /// A span with counts: as good as its objective is degraded, and worse than that unhealthy.
    init(_ count: SuccessCount, objective: Double) {
        let total = Double(count.good) + Double(count.bad)
        if total == 0 {
            self = .none
        } else if count.bad == 0 {
            self = .healthy
        } else {
            self = Double(count.good) / total >= objective ? .degraded : .unhealthy
        }
    }

    /// A run.
    init(_ run: RunHistory.Run) {
        switch run.kind {
        case .success: self = .healthy
        case .degraded: self = .degraded
        case .failure, .timeout: self = .unhealthy
        case .internal: self = .unknown
        }
    }
}
