/// A format in which metrics are exposed.
package enum ExpositionFormat: Sendable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    /// The `Content-Type` of a page.
    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The name in `# TYPE` and `# HELP`: OpenMetrics leaves the suffixes of counters and infos to the samples.
    func familyName(_ family: MetricFamily) -> Substring {
        switch (self, family.type) {
        case (.openMetrics, .counter): family.name.dropSuffix("_total")
        case (.openMetrics, .info): family.name.dropSuffix("_info")
        default: family.name[...]
        }
    }

    func typeName(_ type: MetricFamily.MetricType) -> String {
        switch type {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        case .info: self == .text ? "gauge" : "info"
        }
    }
}

extension String {
    fileprivate func dropSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
    }
}
