import DequeModule
import Dispatch
package import HealthCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes lines to a descriptor on a queue of its own: a reader that stops reading blocks nobody else.
///
/// What waits is bounded; beyond it the oldest lines are dropped and counted.
package final class LogWriter: Sendable {
    private struct State {
        var lines = Deque<[UInt8]>()
        var bytes = 0
        var isWriting = false
        var dropped: UInt64 = 0
        var droppedUntold: UInt64 = 0
        /// Whether nobody could read the last batch; then nobody can be told either.
        var isBroken = false
        /// Whether a line was begun and not finished.
        var isTorn = false
        var tellDropped: (@Sendable (UInt64) -> [UInt8])?
        var byLevel = [UInt64](repeating: 0, count: LogLevel.allCases.count)

        /// What waits, then the line about what was dropped; empty when there is neither.
        mutating func takeBatch() -> Batch {
            var batch = Batch()
            while batch.bytes.count < 64 * 1024, let line = lines.popFirst() {
                bytes -= line.count
                batch.bytes += line
            }
            if batch.bytes.isEmpty, !isBroken, droppedUntold > 0, let tellDropped {
                (batch.bytes, batch.told) = (tellDropped(droppedUntold), droppedUntold)
                droppedUntold = 0
            }
            if batch.bytes.isEmpty {
                isWriting = false
            } else if isTorn {
                batch.bytes.insert(UInt8(ascii: "\n"), at: 0)
                batch.endsTornLine = true
            }
            return batch
        }
    }

    /// What was written and dropped.
    package struct Figures: Sendable {
        package let byLevel: [(level: String, count: UInt64)]
        package let dropped: UInt64
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "log-writer")
    private let descriptor: Int32
    private let limit: Int

    /// - Parameter limit: bytes that may wait.
    package init(descriptor: Int32, limit: Int = 4 * 1024 * 1024) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// Takes a line with its line feed; never waits.
    package func append(_ line: [UInt8], level: LogLevel) {
        let mustStart = state.withLock { state in
            if let index = LogLevel.allCases.firstIndex(of: level) { state.byLevel[index] += 1 }
            state.lines.append(line)
            state.bytes += line.count
            while state.bytes > limit, state.lines.count > 1, let oldest = state.lines.popFirst() {
                state.bytes -= oldest.count
                state.dropped += 1
                state.droppedUntold += 1
            }
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Says how a line tells that lines before it were dropped; it is written once the reader has caught up.
    package func setDroppedLine(_ make: @escaping @Sendable (UInt64) -> [UInt8]) {
        state.withLock { $0.tellDropped = make }
    }

    package var figures: Figures {
        state.withLock { state in
            let levels = LogLevel.allCases.map(\.rawValue)
            return Figures(byLevel: Array(zip(levels, state.byLevel)).map { ($0, $1) }, dropped: state.dropped)
        }
    }

    /// What is written at once.
    private struct Batch {
        var bytes: [UInt8] = []
        /// How many dropped lines it tells of; it is no event itself then.
        var told: UInt64 = 0
        /// Whether a line feed that ends a torn line comes first.
        var endsTornLine = false
    }

    private func drain() {
        while true {
            let batch = state.withLock { $0.takeBatch() }
            if batch.bytes.isEmpty { return }
            write(batch)
        }
    }

    /// Writes all, waiting for a reader as long as there is one.
    ///
    /// Lines that nobody can read any more are counted as dropped.
    private func write(_ batch: Batch) {
        var isTorn = batch.endsTornLine
        let bytes = batch.bytes
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                isTorn = bytes[rest.startIndex - 1] != UInt8(ascii: "\n")
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                waitUntilWritable()
            } else if errno != EINTR {
                return lose(rest, of: batch, isTorn: isTorn)
            }
        }
        state.withLock { ($0.isBroken, $0.isTorn) = (false, false) }
    }

    private func lose(_ rest: ArraySlice<UInt8>, of batch: Batch, isTorn: Bool) {
        let isLineFeedLost = batch.endsTornLine && rest.startIndex == batch.bytes.startIndex
        let ends = UInt64((isLineFeedLost ? rest.dropFirst() : rest).count { $0 == UInt8(ascii: "\n") })
        state.withLock { state in
            if batch.told == 0 { state.dropped += ends }
            // What nobody could be told is told later.
            state.droppedUntold += batch.told == 0 ? ends : batch.told
            (state.isBroken, state.isTorn) = (true, isTorn)
        }
    }

    /// Somebody else may have made the descriptor non-blocking; it then waits here for the reader, and nobody else does.
    private func waitUntilWritable() {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Comes back early on a signal or an error; the next write tells which.
        _ = unsafe poll(&wanted, 1, 1000)
    }

    /// Beats as soon as the queue gets to it: not while a reader that stopped reading holds it up.
    package func beat(_ watermark: Watermark) {
        queue.async { watermark.beat() }
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
