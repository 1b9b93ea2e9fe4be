import Synchronization

/// The queues of a program, registered by its code so that a `runtime` check can look how full they are.
public final class RuntimeQueues: Sendable {
    private let depths = Mutex<[String: @Sendable () -> Int]>([:])

    /// No queues.
    public init() {}

    /// Registers a queue before the configuration that names it is loaded; a second one of that name replaces the first.
    ///
    /// - Parameter depth: how many entries wait; called once a run, and must not block.
    public func register(_ name: String, depth: @escaping @Sendable () -> Int) {
        depths.withLock { $0[name] = depth }
    }

    /// In alphabetical order.
    package var names: [String] { depths.withLock { $0.keys.sorted() } }

    package func depth(of name: String) -> Int? {
        depths.withLock { $0[name] }?()
    }
}
