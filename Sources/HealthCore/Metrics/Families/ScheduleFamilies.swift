extension MetricSource {
    /// The schedule: how many checks there are, which runs go on, and how late they start.
    ///
    /// - Parameter activity: the runs that go on at the scrape.
    package static func schedule(_ activity: @escaping @Sendable () -> ScheduleActivity) -> MetricSource {
        MetricSource(ScheduleFamilies.all) { scrape in
            ScheduleFamilies.Figures(
                checks: scrape.health.checks.count,
                activity: activity(),
                delay: scrape.metrics.scheduleDelay
            )
        }
    }
}

/// How the schedule is kept.
enum ScheduleFamilies {
    /// The numbers of one scrape.
    struct Figures: Sendable {
        /// Registered checks.
        let checks: Int
        /// The runs that go on.
        let activity: ScheduleActivity
        /// How long after their slots runs started.
        let delay: LatencyHistogram
    }

    private static let delayBounds = EncodedBounds(MetricsRecorder.scheduleDelayBounds)

    /// In the order of the page.
    static let all: [MetricFamily<Figures>] = [
        MetricFamily("health_exporter_checks", from: .lean, help: "Registered checks.") { Double($0.checks) },
        MetricFamily("health_exporter_runs_in_flight", help: "Runs under way and within their deadline.") {
            Double($0.activity.runsInFlight)
        },
        MetricFamily(
            "health_exporter_runs_overdue",
            from: .lean,
            help: "Runs past their deadline that have not returned."
        ) {
            Double($0.activity.runsOverdue)
        },
        MetricFamily(
            "health_exporter_schedule_delay_seconds",
            type: .histogram,
            from: .lean,
            help: "How long after its slot a run started."
        ) { figures, writer in
            writer.histogram(figures.delay, bounds: delayBounds)
        },
    ]
}
