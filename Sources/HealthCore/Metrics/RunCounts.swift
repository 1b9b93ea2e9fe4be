/// How often the runs and slots of a check ended in which way, since the check was registered.
package struct RunCounts: Sendable {
    /// Runs with the same result for the same reason.
    package struct Failure: Sendable {
        /// The result.
        package let kind: ResultKind
        /// The reason.
        package let reason: FailureReason
        /// How many there were.
        package fileprivate(set) var count: UInt64
    }

    /// By result, in the order of ``ResultKind``.
    package private(set) var runs = [UInt64](repeating: 0, count: ResultKind.allCases.count)
    /// Runs that were no success, by result, then reason, in the order of the closed lists.
    package private(set) var failures: [Failure] = []
    /// Slots without a run, in the order of ``SkipReason``.
    package private(set) var skips = [UInt64](repeating: 0, count: SkipReason.allCases.count)
    /// Tries beyond the first of their run.
    package private(set) var retries: UInt64 = 0

    /// Counts a completed run.
    mutating func record(_ result: RunResult) {
        runs[result.kind.index] += 1
        retries += UInt64(result.retries)
        if result.kind != .success { count(result.kind, result.reason ?? .error) }
    }

    /// Counts a slot that passed without a run.
    mutating func record(_ skip: SkipReason) {
        skips[skip.index] += 1
    }

    private mutating func count(_ kind: ResultKind, _ reason: FailureReason) {
        let key = (kind.index, reason.order)
        let place = failures.firstIndex { ($0.kind.index, $0.reason.order) >= key } ?? failures.count
        if failures.indices.contains(place), failures[place].kind == kind, failures[place].reason == reason {
            failures[place].count += 1
        } else {
            failures.insert(Failure(kind: kind, reason: reason, count: 1), at: place)
        }
    }
}

extension FailureReason {
    private static let orders = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset) }
    )

    /// The place in the closed list.
    fileprivate var order: Int {
        Self.orders[self] ?? 0
    }
}
