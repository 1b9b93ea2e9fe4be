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
        /// Whether the start waits no longer: what is opened later is adopted instead.
        var hasStarted = false
        /// Whether counts were read: those of a file that comes in the place of the first one are in memory already.
        var hasReadCounts = false
        var nextPruning = Moment.zero
        /// When a file that could not be used is tried again.
        var nextTry = Moment.zero
        /// Since when a write goes on; nil while none does.
        var writesSince: Moment?

        mutating func removeFile() -> StateFile? {
            defer { file = nil }
            return file
        }
    }

    /// How long the start waits for the file: a disk that hangs must not keep the checks from running.
    static let patience = Duration.seconds(5)
    private static let pruningPeriod = Duration.seconds(3600)
    private static let retryPeriod = Duration.seconds(10)
    /// A write that lasts for so long is told: the disk may hang.
    private static let longestWrite = Duration.seconds(10)

    private let settings: StateSettings
    /// Opens, writes and closes.
    private let writer = NIOThreadPool(numberOfThreads: 1)
    /// Reads the counts of months, in parts, between which is written.
    private let reader = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let time: any TimeSource
    private let logger: Logger

    /// A memory that has read nothing yet.
    init(_ settings: StateSettings, time: any TimeSource, logger: Logger) {
        (self.settings, self.time, self.logger) = (settings, time, logger)
        writer.start()
        reader.start()
    }

    deinit {
        writer.shutdownGracefully { _ in }
        reader.shutdownGracefully { _ in }
    }

    /// How the file is.
    var facts: StateFacts { state.withLock { $0.facts } }

    /// Opens the file and reads what it remembers but for counts; nil when that fails or takes too long.
    ///
    /// Blocks: called once, before anything runs.
    func open() -> RememberedState? {
        let result = BlockingResult<RememberedState?>()
        writer.submit { _ in
            let opened = self.opened()
            let isLate = self.state.withLock { state in
                if !state.hasStarted { state.file = opened?.file }
                return state.hasStarted
            }
            if isLate { opened?.file.close() }
            result.set(opened?.remembered)
        }
        if let remembered = result.wait(for: Self.patience) {
            state.withLock { $0.hasStarted = true }
            return remembered
        }
        // It may have been opened at this very moment: then it is closed, and opened again as a late one.
        let late = state.withLock { state in
            state.hasStarted = true
            return state.removeFile()
        }
        late?.close()
        fail(hang("could not be read within 5 s"))
        return nil
    }

    private func hang(_ what: String) -> StateFileProblem {
        StateFileProblem(kind: .unavailable, message: "\(settings.path) \(what); its disk may hang")
    }

    /// Reads the counts of an earlier process; called once, before the first write.
    func readCounts(into source: StateSource) {
        writer.submit { _ in
            if let file = self.state.withLock({ $0.file }) { self.readCounts(of: file, into: source) }
        }
    }

    private func readCounts(of file: StateFile, into source: StateSource) {
        let isFirst = state.withLock { state in
            defer { state.hasReadCounts = true }
            return !state.hasReadCounts
        }
        guard isFirst else { return }
        do throws(StateFileProblem) {
            try source.readCurrentCounts(of: file)
        } catch {
            return fail(error, of: file)
        }
        reader.submit { _ in
            do throws(StateFileProblem) {
                try source.readOlderCounts(of: file)
            } catch {
                // At the end the file is closed under the reader.
                if self.isCurrent(file) { self.fail(error, of: file) }
            }
        }
    }

    private func isCurrent(_ file: StateFile) -> Bool {
        state.withLock { $0.file === file }
    }

    /// Writes what changed; nothing happens while the last write goes on.
    func write(_ source: StateSource) {
        let now = time.moment
        let since = state.withLock { state -> Moment? in
            guard state.writesSince == nil else { return state.writesSince }
            guard state.nextTry <= now else { return now }
            state.writesSince = now
            return nil
        }
        if let since {
            if since.duration(to: now) >= Self.longestWrite { fail(hang("has not been written for 10 s")) }
            return
        }
        writer.submit { _ in
            self.writeNow(source)
            self.state.withLock { $0.writesSince = nil }
        }
    }

    /// Writes the rest and closes the file; waits for at most so long.
    func close(within limit: Duration, _ source: StateSource) {
        let result = BlockingResult<Void>()
        writer.submit { _ in
            self.writeNow(source)
            let file = self.state.withLock { $0.removeFile() }
            file?.close()
            result.set(())
        }
        if result.wait(for: limit) == nil { fail(hang("could not be closed in time")) }
    }

    private func writeNow(_ source: StateSource) {
        guard let file = usableFile(source) else { return }
        let batch = source.gather()
        do throws(StateFileProblem) {
            try file.requireInPlace()
            if let batch { try file.write(batch) }
        } catch {
            if let batch { source.giveBack(batch) }
            return fail(error, of: file)
        }
        do throws(StateFileProblem) {
            try pruneWhenDue(file)
            succeed(file)
        } catch {
            fail(error, of: file)
        }
    }

    /// The file; one that could not be used before is opened, and what is in it adopted.
    private func usableFile(_ source: StateSource) -> StateFile? {
        if let file = state.withLock({ $0.file }) { return file }
        guard let (file, remembered) = opened() else { return nil }
        source.adopt(remembered)
        state.withLock { $0.file = file }
        readCounts(of: file, into: source)
        return isCurrent(file) ? file : nil
    }

    private func opened() -> (file: StateFile, remembered: RememberedState)? {
        do throws(StateFileProblem) {
            let file = try StateFile(path: settings.path, maximumBytes: Int64(settings.maximumBytes))
            let remembered = try file.load(now: time.timestamp)
            let (aside, size) = (file.movedAside, file.sizeBytes)
            state.withLock { state in
                state.facts.sizeBytes = size
                if let aside { state.facts.movedAside = aside }
            }
            if let aside {
                logger.error(
                    "The state file was damaged and is moved aside; a new one begins.",
                    metadata: ["event": "state.damaged", "path": .string(settings.path), "moved_to": .string(aside)]
                )
            }
            return (file, remembered)
        } catch {
            fail(error)
            return nil
        }
    }

    private func pruneWhenDue(_ file: StateFile) throws(StateFileProblem) {
        let now = time.moment
        guard state.withLock({ $0.nextPruning }) <= now else { return }
        try file.prune(now: time.timestamp)
        state.withLock { $0.nextPruning = now.advanced(by: Self.pruningPeriod) }
    }

    private func succeed(_ file: StateFile) {
        let (timestamp, size) = (time.timestamp, file.sizeBytes)
        let wasFailing = state.withLock { state in
            defer { state.facts.problem = nil }
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

    /// A call to a file failed; a damaged one is closed, and moved aside when it is opened again.
    private func fail(_ problem: StateFileProblem, of file: StateFile) {
        if problem.kind == .damaged || !file.isInPlace {
            state.withLock { if $0.file === file { $0.file = nil } }
            file.close()
        }
        fail(problem)
    }

    /// The exporter runs on in memory; said once for each problem.
    private func fail(_ problem: StateFileProblem) {
        let next = time.moment.advanced(by: Self.retryPeriod)
        let isNew = state.withLock { state in
            defer { (state.facts.problem, state.nextTry) = (problem, next) }
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
