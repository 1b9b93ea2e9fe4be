import Synchronization

/// A flag that tells work on another thread to end; set once.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether the work is to end.
    var isSet: Bool { flag.load(ordering: .relaxed) }

    /// Tells the work to end; from any thread.
    func set() { flag.store(true, ordering: .relaxed) }
}
