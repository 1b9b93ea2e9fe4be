import HealthCore

/// The progress of the loops that the watchdog inspects.
struct StallFacts: Sendable {
    /// How long ago each loop was seen to make progress.
    var ages: [(name: String, age: Duration)]
    /// The age from which on a loop counts as stalled.
    var limit: Duration

    /// Its rows in `/metrics`.
    static let families: [MetricFamily<StallFacts>] = [
        MetricFamily(
            "health_exporter_stall_seconds",
            type: .gauge,
            labels: ["loop"],
            from: .lean,
            help: "How long ago each loop was last seen to move."
        ) { facts, writer in
            for (name, age) in facts.ages { writer.sample(age.seconds, extra: LabelText.encode("loop", name)) }
        },
        MetricFamily(
            "health_exporter_stall_limit_seconds",
            from: .lean,
            help: "How long a loop may stand still before it counts as stalled."
        ) { $0.limit.seconds },
    ]
}

extension StallFacts {
    /// The loops that have stalled, in sentences.
    var warnings: [String] {
        ages.filter { $0.age >= limit }.map { loop in
            "A loop of the exporter has stalled: \(loop.name) made no progress for \(ShortText.span(loop.age))."
        }
    }
}
