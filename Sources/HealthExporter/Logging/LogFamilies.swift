import HealthCore

extension LogWriter.Figures {
    /// In the order of the page.
    static let families: [MetricFamily<LogWriter.Figures>] = [
        MetricFamily(
            "health_exporter_log_events_total",
            type: .counter,
            labels: ["level"],
            help: "Log lines by level."
        ) { figures, writer in
            for (level, count) in figures.byLevel {
                writer.sample(count: count, extra: LabelText.encode("level", level))
            }
        },
        MetricFamily(
            "health_exporter_log_events_dropped_total",
            type: .counter,
            from: .lean,
            help: "Log lines dropped because nobody read them in time."
        ) { figures, writer in
            writer.sample(count: figures.dropped)
        },
    ]
}
