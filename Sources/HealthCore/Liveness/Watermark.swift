import Synchronization

/// A sign of life: something that must make progress beats, and somebody else looks whether it still does.
package final class Watermark: Sendable {
    /// What it stands for, such as `cooperative-pool`.
    package let name: String
    private let count = Atomic<UInt64>(0)

    package init(name: String) {
        self.name = name
    }

    /// Says: still alive.
    package func beat() {
        count.wrappingAdd(1, ordering: .relaxed)
    }

    /// How often it has beaten.
    package var beats: UInt64 {
        count.load(ordering: .relaxed)
    }
}
