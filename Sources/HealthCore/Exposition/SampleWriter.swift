/// What families write their samples with, whatever the format.
///
/// No dictionary and no string per sample: names and labels are bytes that were encoded before.
package struct SampleWriter {
    private let encoder: any SampleEncoder
    /// The labels of a sample that has none but those of the service.
    private let serviceLabels: [UInt8]

    /// - Parameter serviceLabels: encoded, for samples that bring no labels of their own.
    package init(_ encoder: any SampleEncoder, serviceLabels: [UInt8] = []) {
        self.encoder = encoder
        self.serviceLabels = serviceLabels
    }

    /// The counters that follow began then; nil is with the process.
    func counted(since created: Timestamp?) {
        encoder.created = created
    }

    /// A sample; `extra` goes behind the labels, both encoded.
    package func sample(_ value: Double, labels: [UInt8], extra: [UInt8] = []) {
        encoder.sample(value, labels: labels, extra: extra)
    }

    /// A sample that counts.
    package func sample(count: UInt64, labels: [UInt8], extra: [UInt8] = []) {
        encoder.sample(count: count, labels: labels, extra: extra)
    }

    /// A sample of the service as a whole.
    package func sample(_ value: Double, extra: [UInt8] = []) {
        encoder.sample(value, labels: serviceLabels, extra: extra)
    }

    /// A sample of the service as a whole that counts.
    package func sample(count: UInt64, extra: [UInt8] = []) {
        encoder.sample(count: count, labels: serviceLabels, extra: extra)
    }

    /// One sample for each value of a closed list: 1 for the current one, 0 for the others.
    package func states<Value: Equatable>(_ current: Value, of list: EncodedCases<Value>, labels: [UInt8]) {
        for (value, label) in list.all { sample(count: value == current ? 1 : 0, labels: labels, extra: label) }
    }

    /// The same of the service as a whole.
    package func states<Value: Equatable>(_ current: Value, of list: EncodedCases<Value>) {
        states(current, of: list, labels: serviceLabels)
    }

    /// One sample for each value of a closed list, with the counts in the order of the list.
    package func counts<Value>(_ counts: [UInt64], of list: EncodedCases<Value>, labels: [UInt8]) {
        for (count, entry) in zip(counts, list.all) { sample(count: count, labels: labels, extra: entry.label) }
    }

    /// All samples of a histogram.
    ///
    /// - Parameter bounds: its encoded `le` labels, `+Inf` last.
    package func histogram(_ histogram: LatencyHistogram, bounds: EncodedBounds, labels: [UInt8]) {
        encoder.histogram(histogram, bounds: bounds, labels: labels)
    }

    /// The same of the service as a whole.
    package func histogram(_ histogram: LatencyHistogram, bounds: EncodedBounds) {
        encoder.histogram(histogram, bounds: bounds, labels: serviceLabels)
    }
}
