import HealthCore
import Logging
import NIOPosix
import StateFile
import Synchronization

/// The state file, on threads of its own: no check, no probe and no page waits for a disk.
final class StateMemory: Sendable {
    private struct State {
        var file: StateFile?
        var facts = StateFacts()
        /// When old rows are dropped next; nil before the first time.
        var nextPruning: Moment?
        /// When a file that could not be opened is tried again.
        var nextOpening: Moment?
        var isWriting = false
    }

    /// How long the start waits for the file: a disk that hangs must not keep the checks from running.
    static let patience = Duration.seconds(5)
    private static let pruningPeriod = Duration.seconds(3600)
    /// How soon a batch that could not be written is tried again.
    private static let retryPeriod = Duration.seconds(10)

    private let settings: StateSettings
    /// One writes; the other one reads the counts of months at the start, in parts, between which is written.
    private let thread = NIOThreadPool(numberOfThreads: 2)
    private let state = Mutex(State())
    private let time: any TimeSource
    private let logger: Logger

    /// A memory that has read nothing yet.
    init(_ settings: StateSettings, time: any TimeSource, logger: Logger) {
        (self.settings, self.time, self.logger) = (settings, time, logger)
        thread.start()
    }

    deinit {
        thread.shutdownGracefully { _ in }
    }

    /// How the file is.
    var facts: StateFacts { state.withLock { $0.facts } }

    /// Opens the file and reads what it remembers but for counts; nil when that fails or takes too long.
    ///
    /// Blocks: called once, before anything runs.
    func open() -> RememberedState? {
        let result = BlockingResult<RememberedState?>()
        thread.submit { _ in result.set(self.openNow()) }
        guard let remembered = result.wait(for: Self.patience) else {
            let path = settings.path
            fail(
                StateFileProblem(
                    kind: .unavailable,
                    message: "\(path) could not be read within 5 s; its disk may hang, or another program uses the file"
                )
            )
            return nil
        }
        return remembered
    }

    private func openNow() -> RememberedState? {
        do throws(StateFileProblem) {
            let file = try StateFile(path: settings.path, maximumBytes: Int64(settings.maximumBytes))
            let remembered = try file.load(now: time.timestamp)
            state.withLock { state in
                state.file = file
                state.facts.movedAside = file.movedAside
                state.facts.sizeBytes = file.sizeBytes
            }
            if let aside = file.movedAside {
                logger.error(
                    "The state file was damaged and is moved aside; a new one begins.",
                    metadata: ["event": "state.damaged", "path": .string(settings.path), "moved_to": .string(aside)]
                )
            }
            return remembered
        } catch {
            fail(error)
            return nil
        }
    }

    /// Reads the counts, which may take a while; each goes to a function as soon as it is read.
    func readCounts(into history: HistoryStore, _ recorder: MetricsRecorder) {
        thread.submit { _ in
            guard let file = self.state.withLock({ $0.file }) else { return }
            do throws(StateFileProblem) {
                try self.readCounts(of: file, into: history, recorder)
            } catch {
                self.fail(error)
            }
        }
    }

    private func readCounts(
        of file: StateFile,
        into history: HistoryStore,
        _ recorder: MetricsRecorder
    ) throws(StateFileProblem) {
        let (now, timestamp) = (time.moment, time.timestamp)
        let seconds = timestamp.nanosecondsSinceEpoch / 1_000_000_000
        let oldestHour = seconds / 3600 - Int64(SuccessHistory.days * 24)
        try file.forEachHour(since: oldestHour) { component, hour, count in
            history.restore(count, of: component, hour: hour)
        }
        try file.forEachMinute(since: seconds / 60 - 24 * 60) { component, minute, count in
            let start = Timestamp(nanosecondsSinceEpoch: minute * 60_000_000_000)
            let age = start.duration(to: timestamp)
            // A minute of the future is a clock that was set back.
            guard age >= .zero else { return }
            recorder.restore(count, of: component, at: now.advanced(by: .zero - age))
        }
    }

    /// Writes what a store has gathered; nothing happens while the last write goes on.
    func write(_ gather: @escaping @Sendable () -> HistoryBatch?, giveBack: @escaping @Sendable (HistoryBatch) -> Void)
    {
        let mustWrite = state.withLock { state -> Bool in
            guard !state.isWriting else { return false }
            if let next = state.nextOpening, next > time.moment { return false }
            state.isWriting = true
            return true
        }
        guard mustWrite else { return }
        thread.submit { _ in
            self.writeNow(gather, giveBack: giveBack)
            self.state.withLock { $0.isWriting = false }
        }
    }

    private func writeNow(_ gather: () -> HistoryBatch?, giveBack: (HistoryBatch) -> Void) {
        guard let file = openedFile() else { return }
        let batch = gather()
        do throws(StateFileProblem) {
            if let batch { try file.write(batch) }
            try pruneWhenDue(file)
            succeed(file)
        } catch {
            if let batch { giveBack(batch) }
            fail(error)
            if error.kind == .damaged { state.withLock { $0.file = nil } }
        }
    }

    /// The file, opened again when it could not be used before.
    private func openedFile() -> StateFile? {
        if let file = state.withLock({ $0.file }) { return file }
        do throws(StateFileProblem) {
            let file = try StateFile(path: settings.path, maximumBytes: Int64(settings.maximumBytes))
            state.withLock { $0.file = file }
            return file
        } catch {
            fail(error)
            return nil
        }
    }

    private func pruneWhenDue(_ file: StateFile) throws(StateFileProblem) {
        let now = time.moment
        guard state.withLock({ $0.nextPruning.map { $0 <= now } ?? true }) else { return }
        state.withLock { $0.nextPruning = now.advanced(by: Self.pruningPeriod) }
        try file.prune(now: time.timestamp)
    }

    /// Writes the rest and closes the file; waits for at most so long.
    func close(within limit: Duration, _ gather: @escaping @Sendable () -> HistoryBatch?) {
        let result = BlockingResult<Void>()
        thread.submit { _ in
            self.writeNow(gather, giveBack: { _ in })
            self.state.withLock { state in
                state.file?.close()
                state.file = nil
            }
            result.set(())
        }
        _ = result.wait(for: limit)
    }

    private func succeed(_ file: StateFile) {
        let (timestamp, size) = (time.timestamp, file.sizeBytes)
        let wasFailing = state.withLock { state in
            defer { (state.facts.problem, state.nextOpening) = (nil, nil) }
            (state.facts.lastWrite, state.facts.sizeBytes) = (timestamp, size)
            return state.facts.problem != nil
        }
        if wasFailing {
            logger.notice(
                "The state file is written again.",
                metadata: ["event": "state.recovered", "path": .string(settings.path)]
            )
        }
    }

    /// The exporter runs on in memory; said once for each problem.
    private func fail(_ problem: StateFileProblem) {
        let next = time.moment.advanced(by: Self.retryPeriod)
        let isNew = state.withLock { state in
            defer { (state.facts.problem, state.nextOpening) = (problem, next) }
            return state.facts.problem?.kind != problem.kind
        }
        guard isNew else { return }
        logger.error(
            "The state file can't be used; what happens is kept in memory only.",
            metadata: [
                "event": "state.failed", "reason": .string(problem.kind.rawValue), "error": .string(problem.message),
            ]
        )
    }
}
