import HealthCore

/// Advances the counters of what has no loop of its own: a thread pool or a writer is sent a request at each inspection, once
/// it has answered the one before.
final class Pinger: Sendable {
    /// Something that answers requests, and the counter that its answers advance.
    struct Target: Sendable {
        /// Advanced by each answer.
        let progress: ProgressCounter
        /// Sends a request without waiting; the answer advances the counter it gets.
        let request: @Sendable (ProgressCounter) -> Void
        fileprivate let requests = ProgressCounter(name: "")

        /// A target that owes no answer.
        init(progress: ProgressCounter, request: @escaping @Sendable (ProgressCounter) -> Void) {
            self.progress = progress
            self.request = request
        }
    }

    private let targets: [Target]

    /// Sends requests to these targets.
    init(_ targets: [Target]) {
        self.targets = targets
    }

    /// Sends a request to each target that owes no answer.
    func ping() {
        for target in targets where target.progress.count >= target.requests.count {
            target.requests.advance()
            target.request(target.progress)
        }
    }
}
