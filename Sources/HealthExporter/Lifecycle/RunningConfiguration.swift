import HealthChecks
import HealthCore
import Logging
import Synchronization

/// The configuration in effect, and how another one replaces it: all or nothing.
final class RunningConfiguration: Sendable {
    private struct State {
        /// What is in effect: with what a restart would change left as it was at the start.
        var configuration: ExporterConfiguration
        /// The files as they were last read, to see whether they have changed.
        var files: [SourceFile]
        var facts = ReloadFacts()
    }

    private let state: Mutex<State>
    private let load: @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration
    private let apply: @Sendable (ExporterConfiguration) -> Void
    private let time: any TimeSource
    private let logger: Logger

    /// - Parameters:
    ///   - load: reads the configuration that is to replace another one; may block.
    ///   - apply: puts it into effect.
    init(
        _ configuration: ExporterConfiguration,
        time: any TimeSource,
        logger: Logger,
        load: @escaping @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration,
        apply: @escaping @Sendable (ExporterConfiguration) -> Void
    ) {
        var facts = ReloadFacts()
        facts.lastSuccess = time.timestamp
        state = Mutex(State(configuration: configuration, files: configuration.files, facts: facts))
        self.time = time
        self.logger = logger
        self.load = load
        self.apply = apply
    }

    /// What metrics tell about reloads.
    var facts: ReloadFacts { state.withLock { $0.facts } }

    /// Whether a file has another content than when it was last read; reads files, and so may block.
    var haveFilesChanged: Bool {
        let files = state.withLock { $0.files }
        return files.contains(where: \.hasChanged)
    }

    /// Loads the configuration and puts it into effect, or changes nothing when it has errors; may block.
    ///
    /// One call at a time.
    func reload() -> ReloadResult {
        let (running, known) = state.withLock { ($0.configuration, $0.files) }
        // As they are before anything is read: a later change is then seen as one.
        let before = known.map { SourceFile(path: $0.path) }
        do throws(ConfigurationError) {
            let loaded = try load(running)
            let plan = ReloadPlan(from: running, to: loaded)
            let next = loaded.keepingRestartKeys(of: running)
            next.adaptLoops()
            apply(next)
            recordSuccess(next, plan)
            return .reloaded(plan)
        } catch {
            recordFailure(error, before: before)
            return .refused(error)
        }
    }

    private func recordSuccess(_ configuration: ExporterConfiguration, _ plan: ReloadPlan) {
        let timestamp = time.timestamp
        state.withLock { state in
            (state.configuration, state.files) = (configuration, configuration.files)
            (state.facts.lastWasSuccessful, state.facts.lastSuccess) = (true, timestamp)
            state.facts.successes += 1
            state.facts.needsRestart = !plan.restartNeeded.isEmpty
        }
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

    private func recordFailure(_ error: ConfigurationError, before: [SourceFile]) {
        state.withLock { state in
            // Loaded again once one of them has changed, also one that only the refused file names.
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
    }
}
