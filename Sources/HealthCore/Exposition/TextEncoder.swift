/// Encodes samples in the text formats.
package final class TextEncoder {
    /// The syntaxes, which differ in metadata and exemplars.
    package enum Syntax: Sendable, CaseIterable {
        /// Prometheus text format 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.
        case openMetrics
    }

    private let syntax: Syntax
    private let histograms: HistogramForms
    /// The samples since the part began.
    package private(set) var bytes: [UInt8] = []
    /// Not shown: `_created` would be another series for each one, and Prometheus prefers the protocol buffer for it.
    package var created: Timestamp?
    /// The names of the samples of the family that was begun last; the other three are those of a histogram.
    private var (name, bucketName, sumName, countName): ([UInt8], [UInt8], [UInt8], [UInt8]) = ([], [], [], [])

    /// - Parameter histograms: the text formats have no native ones; of those they show sum and count.
    package init(_ syntax: Syntax, histograms: HistogramForms = .classic) {
        self.syntax = syntax
        self.histograms = histograms
    }
}

extension TextEncoder: SampleEncoder {
    package func begin(_ family: MetricDeclaration) {
        name = Array(family.name.utf8)
        guard family.type == .histogram else { return }
        (bucketName, sumName, countName) = (name + "_bucket".utf8, name + "_sum".utf8, name + "_count".utf8)
    }

    package func beginPart() {
        bytes.removeAll(keepingCapacity: true)
    }

    package func sample(_ value: Double, labels: [UInt8], extra: [UInt8]) {
        Self.append(name, labels: labels, extra: extra, to: &bytes) { NumberText.append(value, to: &$0) }
    }

    package func sample(count: UInt64, labels: [UInt8], extra: [UInt8]) {
        Self.append(name, labels: labels, extra: extra, to: &bytes) { NumberText.append(count, to: &$0) }
    }

    package func histogram(_ histogram: LatencyHistogram, bounds: EncodedBounds, labels: [UInt8]) {
        var total: UInt64 = 0
        let last = bounds.labels.count - 1
        for (index, bound) in bounds.labels.enumerated() {
            total += histogram.counts[index]
            guard histograms.hasClassic || index == last else { continue }
            let exemplar = syntax == .openMetrics ? histogram.exemplar(ofBucket: index) : nil
            Self.append(bucketName, labels: labels, extra: bound, to: &bytes) { bytes in
                NumberText.append(total, to: &bytes)
                if let exemplar { Self.append(exemplar, to: &bytes) }
            }
        }
        Self.append(sumName, labels: labels, extra: [], to: &bytes) { NumberText.append(histogram.sum, to: &$0) }
        Self.append(countName, labels: labels, extra: [], to: &bytes) { NumberText.append(total, to: &$0) }
    }

    package func head(of family: MetricDeclaration, samples: Int) -> [UInt8] {
        var head: [UInt8] = []
        let name = familyName(family)
        head += "# HELP \(name) ".utf8
        LabelText.appendEscaped(family.help, quotes: syntax == .openMetrics, to: &head)
        head += "\n# TYPE \(name) \(typeName(family.type))\n".utf8
        return head
    }

    package var end: [UInt8] { syntax == .openMetrics ? Array("# EOF\n".utf8) : [] }
}

extension TextEncoder {
    /// The name in `# TYPE` and `# HELP`: OpenMetrics leaves the suffixes of counters and infos to the samples.
    private func familyName(_ family: MetricDeclaration) -> Substring {
        switch (syntax, family.type) {
        case (.openMetrics, .counter): family.name.dropSuffix("_total")
        case (.openMetrics, .info): family.name.dropSuffix("_info")
        default: family.name[...]
        }
    }

    /// The word in `# TYPE`.
    private func typeName(_ type: MetricDeclaration.MetricType) -> String {
        type == .info && syntax == .prometheus ? MetricDeclaration.MetricType.gauge.rawValue : type.rawValue
    }

    /// A line; in one function with one access to `bytes`, because each access to a property of a class is checked for conflicts.
    private static func append(
        _ name: [UInt8],
        labels: [UInt8],
        extra: [UInt8],
        to bytes: inout [UInt8],
        value: (inout [UInt8]) -> Void
    ) {
        bytes += name
        if !labels.isEmpty || !extra.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            if !labels.isEmpty && !extra.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += extra
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        value(&bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func append(_ exemplar: LatencyHistogram.Exemplar, to bytes: inout [UInt8]) {
        bytes += " # {trace_id=\"\(exemplar.traceID)\"} ".utf8
        NumberText.append(exemplar.value.seconds, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        NumberText.append(exemplar.timestamp.seconds, to: &bytes)
    }
}

extension String {
    fileprivate func dropSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
    }
}
