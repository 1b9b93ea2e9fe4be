import Dispatch
package import HealthCore
package import Logging
import Platform
import Synchronization

/// Writes lines to a descriptor on a queue of its own: a reader that stops reading blocks nobody else.
///
/// What waits is bounded; beyond it the oldest lines are dropped and counted.
package final class LogWriter: Sendable {
    private struct State {
        var buffer: LogBuffer
        /// Whether the queue has something to write.
        var isWriting = false
        /// Makes the line that reports dropped ones.
        var droppedLine: (@Sendable (UInt64) -> [UInt8])?
        /// How many lines were appended, by the order of the levels.
        var byLevel = [UInt64](repeating: 0, count: Logger.Level.allCases.count)

        mutating func nextBatch() -> LogBuffer.Batch? {
            let batch = buffer.nextBatch(droppedLine: droppedLine)
            if batch == nil { isWriting = false }
            return batch
        }
    }

    /// How many lines there were by level, and how many of them were dropped.
    package struct Figures: Sendable {
        /// Lines by level, whether written or dropped.
        package let byLevel: [(level: String, count: UInt64)]
        /// Lines that were not written: too many waited, or the descriptor failed.
        package let dropped: UInt64

        /// - Parameter byLevel: counts in the order of `Logger.Level.allCases`.
        init(byLevel: [UInt64] = Logger.Level.allCases.map { _ in 0 }, dropped: UInt64 = 0) {
            self.byLevel = zip(Logger.Level.allCases, byLevel).map { ($0.rawValue, $1) }
            self.dropped = dropped
        }
    }

    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "log-writer")
    private let descriptor: Int32

    /// - Parameter limit: bytes that may wait.
    package init(descriptor: Int32, limit: Int = 4 * 1024 * 1024) {
        self.descriptor = descriptor
        state = Mutex(State(buffer: LogBuffer(limit: limit)))
    }

    /// Appends a line with its line feed; never waits.
    package func append(_ line: [UInt8], level: Logger.Level) {
        let mustStart = state.withLock { state in
            if let index = Logger.Level.allCases.firstIndex(of: level) { state.byLevel[index] += 1 }
            state.buffer.append(line)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Sets how a line reports that lines before it were dropped; it is written once the reader has caught up.
    package func setDroppedLine(_ make: @escaping @Sendable (UInt64) -> [UInt8]) {
        state.withLock { $0.droppedLine = make }
    }

    /// What was appended and dropped until now.
    package var figures: Figures {
        state.withLock { Figures(byLevel: $0.byLevel, dropped: $0.buffer.dropped) }
    }

    private func drain() {
        while let batch = state.withLock({ $0.nextBatch() }) { write(batch) }
    }

    /// Writes all, waiting for a reader as long as there is one.
    ///
    /// Lines that nobody can read any more are counted as dropped.
    private func write(_ batch: LogBuffer.Batch) {
        var written = 0
        while written < batch.bytes.count {
            let count = unsafe batch.bytes[written...].withUnsafeBytes {
                unsafe Platform.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                written += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                waitUntilWritable()
            } else if errno != EINTR {
                return state.withLock { $0.buffer.recordLoss(of: batch, written: written) }
            }
        }
        state.withLock { $0.buffer.recordWritten() }
    }

    /// Another process may have made the descriptor non-blocking; only this queue waits for the reader then.
    private func waitUntilWritable() {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Returns early on a signal or an error; the next write says which.
        _ = unsafe poll(&wanted, 1, 1000)
    }

    /// Advances a counter as soon as the queue gets to it: not while a reader that stopped reading blocks it.
    package func advance(_ progress: ProgressCounter) {
        queue.async { progress.advance() }
    }

    /// Waits until what was appended is written, at most so long; false when time ran out.
    @discardableResult
    package func flush(within limit: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        queue.async {
            self.drain()
            done.signal()
        }
        return done.wait(timeout: .now() + .milliseconds(Int(limit / .milliseconds(1)))) == .success
    }
}
