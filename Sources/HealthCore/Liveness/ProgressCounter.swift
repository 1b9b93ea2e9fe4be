import Synchronization

/// Counts the turns of a loop; the watchdog inspects whether the count still grows.
public final class ProgressCounter: Sendable {
    /// What it counts for, such as `cooperative-pool`; the label `loop` of metrics and log lines.
    public let name: String
    private let rounds = Atomic<UInt64>(0)

    /// A counter at zero.
    package init(name: String) {
        self.name = name
    }

    /// Counts one more turn; may be called on any thread.
    public func advance() {
        rounds.wrappingAdd(1, ordering: .relaxed)
    }

    /// How many turns were counted.
    package var count: UInt64 {
        rounds.load(ordering: .relaxed)
    }
}
