extension Scheduler {
    /// What a scheduler is built from.
    package struct Configuration: Sendable {
        /// Part of every check's phase, so that the checks of replicas do not run at the same time.
        package var instance: String
        /// How many runs may go on at once.
        package var limits: Agenda.Limits
        /// Due runs are gathered for so long: a wake-up per run costs 15 % of a core at 1,000 runs a second.
        package var tick: Duration
        /// Where runs are executed whose check has no executor of its own; nil: where the scheduler is.
        package var executor: (any TaskExecutor)?
        /// Gives every run its trace id.
        package var makeTraceID: @Sendable () -> TraceID

        /// A configuration.
        package init(
            instance: String,
            limits: Agenda.Limits = .init(),
            tick: Duration = .milliseconds(2),
            makeTraceID: @escaping @Sendable () -> TraceID
        ) {
            self.instance = instance
            self.limits = limits
            self.tick = tick
            self.makeTraceID = makeTraceID
        }
    }
}
