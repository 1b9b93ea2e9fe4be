import HealthChecks
import HealthCore
import Logging
import NIOPosix
import Synchronization

/// Loads the configuration anew when asked to or when its files change: all or nothing.
///
/// However often it is asked while one load goes on, only one more follows.
final class Reloader<C: Clock>: Sendable where C.Duration == Duration {
    private struct State {
        /// As it counts: with what a restart would change left as it was at the start.
        var running: ExporterConfiguration
        /// As it was last read, to see what differs from the file.
        var files: [SourceFile]
        var waiters: [CheckedContinuation<LifecycleRoutes.ReloadAnswer, Never>] = []
        var isStopped = false
        var facts = ExporterFacts.Reloads()
    }

    /// How often files are looked at.
    private static var period: Duration { .seconds(10) }

    private let state: Mutex<State>
    private let load: @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration
    private let apply: @Sendable (ExporterConfiguration) -> Void
    private let timeline: Timeline<C>
    private let logger: Logger
    private let alarm: Alarm<C>

    /// - Parameters:
    ///   - load: reads the configuration that is to replace another one; may block.
    ///   - apply: puts it into effect.
    init(
        running: ExporterConfiguration,
        timeline: Timeline<C>,
        logger: Logger,
        load: @escaping @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration,
        apply: @escaping @Sendable (ExporterConfiguration) -> Void
    ) {
        var facts = ExporterFacts.Reloads()
        facts.lastSuccess = timeline.timestamp
        state = Mutex(State(running: running, files: running.files, facts: facts))
        self.timeline = timeline
        self.logger = logger
        self.load = load
        self.apply = apply
        alarm = Alarm(timeline: timeline)
    }

    /// What metrics tell.
    var facts: ExporterFacts.Reloads { state.withLock { $0.facts } }

    /// Asks for a load, and waits for how it goes.
    func reload() async -> LifecycleRoutes.ReloadAnswer {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.waiters.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume(returning: .stopped) } else { alarm.ring() }
        }
    }

    /// Loads when asked to, until cancelled.
    ///
    /// - Parameter requests: each element asks for a load.
    func run(requests: AsyncStream<Void>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.loop() }
            group.addTask {
                for await _ in requests { self.request() }
            }
        }
        let waiters = state.withLock { state in
            state.isStopped = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: .stopped) }
    }

    private let requested = Atomic(false)

    private func request() {
        requested.store(true, ordering: .releasing)
        alarm.ring()
    }

    private func loop() async {
        var nextLook = timeline.moment.advanced(by: Self.period)
        while !Task.isCancelled {
            await alarm.sleep(until: nextLook)
            if Task.isCancelled { return }
            let isLookDue = timeline.moment >= nextLook
            if isLookDue { nextLook = timeline.moment.advanced(by: Self.period) }
            let isAsked = requested.exchange(false, ordering: .acquiring)
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                return state.waiters
            }
            // Files and TLS libraries block: not on the pool that runs checks.
            let outcome = await offPool { [self] () -> LifecycleRoutes.ReloadAnswer? in
                guard isAsked || !waiters.isEmpty || (isLookDue && haveFilesChanged) else { return nil }
                return loadOnce()
            }
            for waiter in waiters { waiter.resume(returning: outcome ?? .stopped) }
        }
    }

    private func offPool(
        _ work: @escaping @Sendable () -> LifecycleRoutes.ReloadAnswer?
    ) async -> LifecycleRoutes.ReloadAnswer? {
        // A load that hangs is given up when the service stops; whatever it comes to then is nobody's.
        let answer = OneAnswer<LifecycleRoutes.ReloadAnswer?>()
        NIOThreadPool.singleton.submit { _ in answer.give(.success(work())) }
        return try? await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait($0) }
        } onCancel: {
            answer.give(.success(nil))
        }
    }

    private var haveFilesChanged: Bool {
        let files = state.withLock { $0.files }
        return files.contains(where: \.hasChanged)
    }

    private func loadOnce() -> LifecycleRoutes.ReloadAnswer {
        let (running, known) = state.withLock { ($0.running, $0.files) }
        // As they are before anything is read: a change in between is then seen as one.
        let before = known.map { SourceFile(path: $0.path) }
        do throws(ConfigurationError) {
            let loaded = try load(running)
            let plan = ReloadPlan(from: running, to: loaded)
            let next = loaded.keepingWhatNeedsRestart(of: running)
            apply(next)
            let timestamp = timeline.timestamp
            state.withLock { state in
                (state.running, state.files) = (next, next.files)
                (state.facts.lastWasSuccessful, state.facts.lastSuccess) = (true, timestamp)
                state.facts.successes += 1
                state.facts.needsRestart = !plan.restartNeeded.isEmpty
            }
            log(plan)
            return .reloaded(plan)
        } catch {
            state.withLock { state in
                // Tried again once one of them is another one, also one that only the refused file names.
                let read = Set(error.files.map(\.path))
                state.files = error.files + before.filter { !read.contains($0.path) }
                state.facts.lastWasSuccessful = false
                state.facts.failures += 1
            }
            for problem in error.problems {
                logger.error(
                    "The new configuration was refused; the old one goes on.",
                    metadata: [
                        "event": "config.reload_failed", "error": .string(problem.description(file: error.file)),
                    ]
                )
            }
            return .refused(error)
        }
    }

    private func log(_ plan: ReloadPlan) {
        let listed = { (names: [String]) in names.prefix(20).joined(separator: ",") + (names.count > 20 ? ",…" : "") }
        logger.info(
            "The configuration was loaded anew.",
            metadata: [
                "event": "config.loaded", "added": .string(listed(plan.added)),
                "removed": .string(listed(plan.removed)),
                "changed": .string(listed(plan.changed)), "unchanged": .stringConvertible(plan.unchanged),
                "restart_needed": .string(listed(plan.restartNeeded)),
            ]
        )
    }
}
