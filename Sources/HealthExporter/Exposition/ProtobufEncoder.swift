import HealthCore
import PrometheusModel
import SwiftProtobuf

/// Encodes samples as `io.prometheus.client.MetricFamily`, each family behind its length.
///
/// Samples are encoded one by one and put behind the head of their family: bytes of two messages in a row are the message of both
/// (https://protobuf.dev/programming-guides/encoding/#last-one-wins), so that no family is in memory as a whole.
final class ProtobufEncoder {
    /// The samples since the part began.
    private(set) var bytes: [UInt8] = []
    /// Since when the samples that follow have been counted.
    var created: Timestamp?
    /// How many series were encoded.
    private(set) var series = 0

    private let histograms: HistogramForms
    private let started: Timestamp?
    private var type = MetricDeclaration.MetricType.gauge
    /// Labels that were encoded for this page: each family has those of every check again.
    private var known: [[UInt8]: [UInt8]] = [:]

    /// - Parameter started: when the process began to count.
    init(histograms: HistogramForms, started: Timestamp?) {
        self.histograms = histograms
        self.started = started
    }
}

extension ProtobufEncoder: SampleEncoder {
    func begin(_ family: MetricDeclaration) {
        type = family.type
    }

    func beginPart() {
        bytes.removeAll(keepingCapacity: true)
    }

    func sample(_ value: Double, labels: [UInt8], extra: [UInt8]) {
        var metric = Metric()
        if type == .counter {
            metric.counter.value = value
            if let created = created ?? started { metric.counter.createdTimestamp = .init(created) }
        } else {
            metric.gauge.value = value
        }
        append(metric, labels: labels, extra: extra)
        series += 1
    }

    func sample(count: UInt64, labels: [UInt8], extra: [UInt8]) {
        sample(Double(count), labels: labels, extra: extra)
    }

    func histogram(_ histogram: LatencyHistogram, bounds: EncodedBounds, labels: [UInt8]) {
        var metric = Metric()
        metric.histogram.sampleCount = histogram.count
        metric.histogram.sampleSum = histogram.sum
        if let created = created ?? started { metric.histogram.createdTimestamp = .init(created) }
        if histograms.hasClassic {
            metric.histogram.bucket = Self.buckets(histogram)
            series += metric.histogram.bucket.count + 2
        }
        if histograms.hasNative, let exponential = histogram.exponential {
            metric.histogram.add(exponential)
            let exemplars = histogram.exemplars.compactMap(\.self).sorted { $0.timestamp < $1.timestamp }
            metric.histogram.exemplars = exemplars.map { .init($0) }
            series += 1
        }
        append(metric, labels: labels, extra: [])
    }

    func head(of family: MetricDeclaration, samples: Int) -> [UInt8] {
        // A family without samples says nothing.
        guard samples > 0 else { return [] }
        var message = Family()
        message.name = family.name
        message.help = family.help
        message.type =
            switch family.type {
            case .counter: .counter
            case .gauge, .info: .gauge
            case .histogram: .histogram
            }
        let head = Self.encoded(message)
        return Self.varint(head.count + samples) + head
    }

    var end: [UInt8] { [] }
}

extension ProtobufEncoder {
    /// The buckets of a classic histogram; the last, `+Inf`, has all.
    private static func buckets(_ histogram: LatencyHistogram) -> [Bucket] {
        let bounds = histogram.upperBounds.map(\.seconds) + [.infinity]
        return zip(zip(bounds, histogram.cumulativeCounts), histogram.exemplars).map { bucket, exemplar in
            var message = Bucket()
            (message.upperBound, message.cumulativeCount) = bucket
            if let exemplar { message.exemplar = .init(exemplar) }
            return message
        }
    }

    /// One more element of the field `metric` of the family.
    private func append(_ metric: Metric, labels: [UInt8], extra: [UInt8]) {
        let (labels, extra, value) = (encodedLabels(labels), encodedLabels(extra), Self.encoded(metric))
        bytes.append(Self.metricTag)
        bytes += Self.varint(labels.count + extra.count + value.count)
        bytes += labels
        bytes += extra
        bytes += value
    }

    private func encodedLabels(_ text: [UInt8]) -> [UInt8] {
        if let known = known[text] { return known }
        let encoded = Self.encodedLabels(text)
        known[text] = encoded
        return encoded
    }

    /// Field 4 of `MetricFamily`, a message (wire type 2).
    private static let metricTag: UInt8 = 4 << 3 | 2

    /// A metric that has labels alone.
    private static func encodedLabels(_ text: [UInt8]) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        var metric = Metric()
        metric.label = LabelText.decode(text).map { name, value in
            var label = Label()
            (label.name, label.value) = (name, value)
            return label
        }
        return encoded(metric)
    }

    private static func encoded(_ message: some Message) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            // Required fields could be missing, and these messages have none.
            preconditionFailure("a metric can't be encoded: \(error)")
        }
    }

    /// A length as protocol buffers write it: seven bits a byte, the lowest first, the top bit in all but the last.
    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (UInt64(number), [UInt8]())
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

private typealias Family = Io_Prometheus_Client_MetricFamily
private typealias Metric = Io_Prometheus_Client_Metric
private typealias Label = Io_Prometheus_Client_LabelPair
private typealias Bucket = Io_Prometheus_Client_Bucket

extension Io_Prometheus_Client_Histogram {
    fileprivate mutating func add(_ buckets: ExponentialBuckets) {
        schema = buckets.schema
        zeroThreshold = ExponentialBuckets.zeroThreshold
        zeroCount = buckets.zeroCount
        positiveSpan = buckets.spans.map { span in
            var message = Io_Prometheus_Client_BucketSpan()
            (message.offset, message.length) = (span.offset, span.length)
            return message
        }
        positiveDelta = buckets.deltas
    }
}

extension Io_Prometheus_Client_Exemplar {
    fileprivate init(_ exemplar: LatencyHistogram.Exemplar) {
        self.init()
        var label = Label()
        (label.name, label.value) = ("trace_id", "\(exemplar.traceID)")
        self.label = [label]
        value = exemplar.value.seconds
        timestamp = .init(exemplar.timestamp)
    }
}

extension Google_Protobuf_Timestamp {
    fileprivate init(_ timestamp: Timestamp) {
        let (seconds, nanoseconds) = floorDivide(timestamp.nanosecondsSinceEpoch, 1_000_000_000)
        self.init(seconds: seconds, nanos: Int32(nanoseconds))
    }
}
