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

    /// The metric of a queue's depth: other characters than a metric's name may have are `_` (Prometheus' data model).
    package static func metricName(of queue: String) -> String {
        let name = queue.utf8.map { byte in
            let isLetter = (97...122).contains(byte | 32) || (48...57).contains(byte)
            return isLetter ? Character(Unicode.Scalar(byte)) : "_"
        }
        return "health_runtime_queue_\(String(name))_depth"
    }

    /// In alphabetical order.
    package var names: [String] { depths.withLock { $0.keys.sorted() } }

    /// How many entries wait in a queue; nil when none of that name is registered.
    package func depth(of name: String) -> Int? {
        depths.withLock { $0[name] }?()
    }
}
