/// Why a slot passed without a run.
public enum SkipReason: String, CaseIterable, Sendable {
    /// The run before was still going on.
    case overlap
    /// The circuit breaker was open.
    case circuitOpen = "circuit_open"
    /// No place among the runs in flight became free until the next slot.
    case saturated

    /// The index in counts by reason.
    package var index: Int {
        switch self {
        case .overlap: 0
        case .circuitOpen: 1
        case .saturated: 2
        }
    }
}
