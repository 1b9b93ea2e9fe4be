import HealthCore

/// A value or an error that several may set and one task waits for: the first one counts, also when it comes before the wait.
package struct FirstResult<Value: Sendable>: Sendable {
    private let first = FirstValue<Result<Value, any Error>>()

    /// A result that nobody has set yet.
    package init() {}

    /// Whether a result was set.
    package var isSet: Bool { first.isSet }

    /// Waits for the result, once.
    ///
    /// A cancellation does not end the wait by itself: whoever cancels sets a result.
    package func value() async throws -> Value {
        try await first.value().get()
    }

    /// Sets the result; all but the first are dropped.
    package func set(_ result: Result<Value, any Error>) {
        first.set(result)
    }
}
