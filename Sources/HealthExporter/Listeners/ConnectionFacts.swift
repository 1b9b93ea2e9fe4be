import HealthCore

/// The connections of a listener.
struct ConnectionFacts: Sendable {
    /// The label `listener`.
    let listener: String
    /// Connections that have a place.
    let open: Int
    /// Connections refused, and those that gave way.
    let refused: UInt64

    /// Its rows in `/metrics`.
    static let families: [MetricFamily<[ConnectionFacts]>] = [
        MetricFamily(
            "health_exporter_connections",
            type: .gauge,
            labels: ["listener"],
            help: "Open connections of a listener."
        ) { listeners, writer in
            for listener in listeners { writer.sample(Double(listener.open), extra: listener.label) }
        },
        MetricFamily(
            "health_exporter_connections_refused_total",
            type: .counter,
            labels: ["listener"],
            help:
                "Connections closed for want of a place: new ones, and older ones that gave way to a new one."
        ) { listeners, writer in
            for listener in listeners { writer.sample(count: listener.refused, extra: listener.label) }
        },
    ]

    private var label: [UInt8] { LabelText.encode("listener", listener) }
}
