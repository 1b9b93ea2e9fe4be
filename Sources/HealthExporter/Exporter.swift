import HealthChecks
import HealthCore
import Logging
import ServiceLifecycle

/// The composition root: makes the parts, starts them, stops them in order.
package struct Exporter<C: Clock>: Sendable where C.Duration == Duration {
    private let configuration: ExporterConfiguration
    /// What it is made of besides its configuration.
    let environment: ExporterEnvironment<C>
    /// Runs checks, and keeps what is known of them.
    let checks: CheckParts<C>
    /// Tells whether everything makes progress.
    let progress: ProgressParts<C>
    /// Answers requests.
    let endpoints: EndpointParts<C>

    /// Makes the parts; nothing runs yet.
    package init(configuration: ExporterConfiguration, environment: ExporterEnvironment<C>) {
        self.configuration = configuration
        self.environment = environment
        checks = CheckParts(configuration, environment)
        progress = ProgressParts(configuration, environment: environment, checks: checks)
        endpoints = EndpointParts(configuration, environment: environment, checks: checks, progress: progress)
    }

    /// The endpoints, for a program that serves them itself.
    var responder: EndpointResponder { endpoints.responder }

    /// What is known now.
    var health: HealthSnapshot { checks.store.snapshot() }

    /// Records that a task that start-up waits for is done.
    func finishStartup(task: String) {
        checks.store.finishStartup(task: task)
    }

    /// Runs until a signal, a graceful shutdown or cancellation.
    ///
    /// - Throws: ``BindFailure`` when a listener can't be bound.
    package func run() async throws {
        let shutdown = Shutdown(
            store: checks.store,
            time: environment.timeline,
            logger: environment.log.logger,
            notifier: checks.notifier
        )
        environment.termination.setPlan(terminationPlan(shutdown))
        try await withThrowingTaskGroup(of: Void.self) { group in
            // On the loop that wakes it, and on which the first runs are executed: no change of thread between them.
            let executor = configuration.resources?.executors.first
            group.addTask(executorPreference: executor) { await checks.scheduler.run() }
            group.addTask { await progress.loops.run() }
            group.addTask { await endpoints.reloader.run(requests: environment.termination.reloads) }
            checks.scheduler.apply(configuration.registry, due: checks.due)
            var failure: (any Error)?
            do {
                try await services(shutdown).group().run()
            } catch {
                failure = error
            }
            checks.scheduler.finish()
            group.cancelAll()
            // A call that hangs, such as on a mount without its server, must not keep the program from ending.
            configuration.resources?.blockingPool.abandonCalls()
            if checks.scheduler.activity.runs > 0 { environment.abandonRuns(failure) }
            if let failure { throw failure }
        }
    }

    private func services(_ shutdown: Shutdown) -> ExporterServices<C> {
        ExporterServices(
            configuration: configuration,
            environment: environment,
            checks: checks,
            progress: progress,
            endpoints: endpoints,
            shutdown: shutdown
        )
    }

    private func terminationPlan(_ shutdown: Shutdown) -> Termination.Plan {
        let log = environment.log
        return Termination.Plan(grace: configuration.settings.shutdown.grace) {
            shutdown.begin()
        } onExpiry: {
            log.logger.error("The exporter did not stop within grace.", metadata: ["event": "exporter.stopped"])
            log.writer.flush(within: .milliseconds(500))
        }
    }
}
