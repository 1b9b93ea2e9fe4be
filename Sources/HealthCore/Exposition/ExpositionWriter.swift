/// Writes families and samples into one buffer.
///
/// No dictionary and no string per sample.
package struct ExpositionWriter {
    private let format: ExpositionFormat
    package private(set) var bytes: [UInt8] = []
    private var name: [UInt8] = []

    package init(format: ExpositionFormat, capacity: Int = 64 * 1024) {
        self.format = format
        bytes.reserveCapacity(capacity)
    }

    /// Begins a family; the samples that follow carry its name.
    ///
    package mutating func family(_ family: MetricFamily) {
        let metadataName = format.familyName(family)
        bytes += "# HELP \(metadataName) ".utf8
        LabelText.appendEscaped(family.help, quotes: format == .openMetrics, to: &bytes)
        bytes += "\n# TYPE \(metadataName) \(format.typeName(family.type))\n".utf8
        name = Array(family.name.utf8)
    }

    /// A sample whose labels are encoded already; `extra` goes behind them.
    package mutating func sample(_ labels: [UInt8], extra: [UInt8] = [], _ value: Double) {
        head(suffix: "", labels, extra)
        NumberText.append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// A sample that counts.
    package mutating func sample(_ labels: [UInt8], extra: [UInt8] = [], _ value: UInt64) {
        head(suffix: "", labels, extra)
        NumberText.append(value, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// All samples of a histogram; `bounds` are its encoded `le` labels, `+Inf` last.
    package mutating func histogram(_ labels: [UInt8], bounds: [[UInt8]], _ histogram: LatencyHistogram) {
        let counts = histogram.cumulativeCounts
        for (index, count) in counts.enumerated() where bounds.indices.contains(index) {
            head(suffix: "_bucket", labels, bounds[index])
            NumberText.append(count, to: &bytes)
            if format == .openMetrics, let exemplar = histogram.exemplars[index] { append(exemplar) }
            bytes.append(UInt8(ascii: "\n"))
        }
        head(suffix: "_sum", labels, [])
        NumberText.append(histogram.sum, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        head(suffix: "_count", labels, [])
        NumberText.append(counts.last ?? 0, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Ends the page.
    package mutating func finish() -> [UInt8] {
        if format == .openMetrics { bytes += "# EOF\n".utf8 }
        return bytes
    }

    private mutating func head(suffix: StaticString, _ labels: [UInt8], _ extra: [UInt8]) {
        bytes += name
        if suffix.utf8CodeUnitCount > 0 { bytes += suffix.description.utf8 }
        if !labels.isEmpty || !extra.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            if !labels.isEmpty && !extra.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += extra
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func append(_ exemplar: LatencyHistogram.Exemplar) {
        bytes += " # {trace_id=\"\(exemplar.traceID)\"} ".utf8
        NumberText.append(exemplar.value.seconds, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        NumberText.append(exemplar.timestamp.seconds, to: &bytes)
    }
}

/// Encodes the `le` labels of a histogram once for all checks that share its bounds.
package func encodedBounds(_ bounds: [Duration]) -> [[UInt8]] {
    (bounds.map(NumberText.bound) + ["+Inf"]).map { LabelText.encode([("le", $0)]) }
}
