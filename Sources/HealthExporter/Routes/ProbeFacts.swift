import HealthCore

/// What a probe answers at a scrape.
struct ProbeFacts: Sendable {
    /// The probe.
    let probe: ProbeResponder.Probe
    /// Whether it would be answered 200.
    let isPassing: Bool
    /// When it was last requested; nil is never.
    let lastRequest: Timestamp?

    /// Its rows in `/metrics`.
    static let families: [MetricFamily<[ProbeFacts]>] = [
        MetricFamily(
            "health_probe_passing",
            type: .gauge,
            labels: ["probe"],
            from: .lean,
            help: "1 while the probe's endpoint answers 200, else 0."
        ) { probes, writer in
            for probe in probes { writer.sample(probe.isPassing ? 1 : 0, extra: probe.label) }
        },
        MetricFamily(
            "health_probe_last_request_timestamp_seconds",
            type: .gauge,
            labels: ["probe"],
            help: "When the probe was last requested; 0 is never."
        ) { probes, writer in
            for probe in probes { writer.sample(probe.lastRequest?.seconds ?? 0, extra: probe.label) }
        },
    ]

    private var label: [UInt8] { LabelText.encode("probe", probe.rawValue) }
}
