import HealthCore
import PrometheusModel
import SwiftProtobuf

@testable import HealthCoreParts
@testable import HealthExporter

/// A page as protocol buffers, read by the generated code.
struct ProtobufPage {
    private typealias Family = Io_Prometheus_Client_MetricFamily

    private var families: [Family] = []

    /// Renders a page, and reads it; throws for what is no message.
    init(_ exposition: Exposition) throws {
        let encoder = ProtobufEncoder(histograms: .classic, started: nil)
        var rest = exposition.render(with: encoder) { $0 }.bytes[...]
        while !rest.isEmpty {
            var (length, shift) = (0, 0)
            while let byte = rest.popFirst() {
                length |= Int(byte & 0x7f) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            require(length <= rest.count, "a family of \(length) bytes in \(rest.count)")
            families.append(try Family(serializedBytes: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
    }

    /// The families, labels and gauges are those of a page in text.
    func compare(with page: MetricsPage) {
        let filled = families.filter { !$0.metric.isEmpty }
        var names: [String] = []
        for sample in page.samples where names.last != sample.family { names.append(sample.family) }
        require(filled.map(\.name) == names, "\(filled.map(\.name)), in text \(names)")
        for family in filled {
            let samples = page.samples.filter { $0.family == family.name && !$0.name.hasSuffix("_bucket") }
            guard family.type == .gauge || family.type == .counter else { continue }
            require(samples.count == family.metric.count, "\(family.name) has \(family.metric.count) samples")
            for (sample, metric) in zip(samples, family.metric) {
                let labels = metric.label.map { "\($0.name)=\($0.value)" }
                require(labels == sample.labels.map { "\($0.name)=\($0.value)" }, "\(labels), in text \(sample)")
            }
        }
    }
}
