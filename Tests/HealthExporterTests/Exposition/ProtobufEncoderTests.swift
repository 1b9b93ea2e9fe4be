import HealthCore
import HealthTesting
import PrometheusModel
import SwiftProtobuf
import Testing

@testable import HealthExporter

/// Pages as protocol buffers, read by the generated code.
struct ProtobufEncoderTests {
    private typealias Family = Io_Prometheus_Client_MetricFamily
    private typealias Metric = Io_Prometheus_Client_Metric

    private static let started = Timestamp.newYear2026

    /// Names with what the text formats must escape.
    private let identity = ServiceIdentity(name: "orders", environment: #"a"b"#, version: "1\\2\n3", instance: "i\u{0}")
    private let exposition: (HistogramForms) -> Exposition

    init() throws {
        let identity = identity
        let time = ManualTime()
        let (store, recorder) = (
            StatusStore(time: time) { _ in }, MetricsRecorder(identity: identity, histograms: .both)
        )
        let generations = GenerationStore(status: store, recorder: recorder)
        let registry = try CheckRegistry.make(.make("db"), .make("cache"))
        generations.apply(registry)
        time.advance(to: .seconds(7))
        for (number, milliseconds) in [3, 3, 40, 1500].enumerated() {
            let kind: ResultKind = milliseconds > 1000 ? .timeout : .success
            var result = RunResult.make(kind, duration: .milliseconds(milliseconds), at: .seconds(Double(7 - number)))
            result.traceID = TraceID(high: 0, low: UInt64(number + 1))
            for (handle, _, _) in registry.checks.prefix(1) { recorder.record(result, of: handle) }
        }
        let known = generations.snapshot()
        exposition = { histograms in
            let selection = MetricSelection(profile: .standard, histograms: histograms)
            let scrape = Scrape(of: known, identity, now: time.moment, selection: selection)
            let sources: [MetricSource] = [.target, .checks, .components, .service, .schedule { ScheduleActivity() }]
            return Exposition(scrape, sources: sources)
        }
    }

    /// The families of a page, each behind its length.
    private func families(_ histograms: HistogramForms) throws -> [Family] {
        let encoder = ProtobufEncoder(histograms: histograms, started: Self.started)
        var rest = exposition(histograms).render(with: encoder) { $0 }.bytes[...]
        var families: [Family] = []
        while !rest.isEmpty {
            var (length, shift) = (0, 0)
            while let byte = rest.popFirst() {
                length |= Int(byte & 0x7F) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            families.append(try Family(serializedBytes: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return families
    }

    private func duration(_ histograms: HistogramForms) throws -> (busy: Metric, idle: Metric) {
        let family = try #require(
            try families(histograms).first { $0.name == "health_check_duration_seconds" }
        )
        #expect(family.type == .histogram && family.metric.count == 2)
        return (family.metric[0], family.metric[1])
    }

    /// Each sample as a line of the text format.
    private static func lines(_ families: [Family]) -> [String] {
        families.flatMap { family in
            family.metric.flatMap { metric -> [String] in
                func line(_ name: String, _ extra: [(String, String)], _ value: Double) -> String {
                    let labels = metric.label.map { ($0.name, $0.value) } + extra
                    return "\(name)\(labels) \(value)"
                }
                switch family.type {
                case .counter: return [line(family.name, [], metric.counter.value)]
                case .histogram:
                    let histogram = metric.histogram
                    return histogram.bucket.map { bucket in
                        let bound = bucket.upperBound.isInfinite ? "+Inf" : "\(bucket.upperBound)"
                        return line("\(family.name)_bucket", [("le", bound)], Double(bucket.cumulativeCount))
                    } + [
                        line("\(family.name)_sum", [], histogram.sampleSum),
                        line("\(family.name)_count", [], Double(histogram.sampleCount)),
                    ]
                default: return [line(family.name, [], metric.gauge.value)]
                }
            }
        }
    }

    @Test func aPageSaysTheSameAsInText() throws {
        let text = String(decoding: exposition(.classic).text(.prometheus), as: UTF8.self)
        let expected = text.unicodeScalars.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
            .map { line in
                let parts = line.split(separator: "{", maxSplits: 1)
                let end = parts[1].lastIndex(of: "}") ?? parts[1].startIndex
                let labels = LabelText.decode(Array(parts[1][..<end].utf8)).map { ($0.name, $0.value) }
                return "\(parts[0])\(labels) \(Double(parts[1][end...].dropFirst(2)) ?? .nan)"
            }
        let families = try families(.classic)
        #expect(Self.lines(families) == expected)
        #expect(expected.count > 80)
        #expect(families.first?.name == "target_info" && families.first?.type == .gauge)
        #expect(families.allSatisfy { !$0.help.isEmpty && !$0.metric.isEmpty })
    }

    @Test func nativeHistogramsHaveExponentialBuckets() throws {
        let (busy, idle) = try duration(.native)
        #expect(busy.histogram.bucket.isEmpty && busy.histogram.schema == 3)
        #expect(busy.histogram.sampleCount == 4 && busy.histogram.zeroThreshold == 0x1p-128)
        // 3 ms twice, 40 ms, and 1.5 s: each alone in its span.
        #expect(busy.histogram.positiveSpan.map(\.length) == [1, 1, 1])
        #expect(busy.histogram.positiveSpan.map(\.offset) == [-67, 29, 41])
        #expect(busy.histogram.positiveDelta == [2, -1, 0])
        // Nothing was counted, and yet it is native: its threshold is not zero.
        #expect(idle.histogram.positiveSpan.isEmpty && idle.histogram.zeroThreshold > 0)
        let both = try duration(.both).busy.histogram
        #expect(both.positiveSpan == busy.histogram.positiveSpan && both.bucket.count > 5)
        let classic = try duration(.classic).busy.histogram
        #expect(classic.bucket == both.bucket && !classic.hasSchema && !classic.hasZeroThreshold)
        #expect(try families(.none).allSatisfy { $0.type != .histogram })
    }

    @Test func exemplarsHaveTheTraceAndTheTime() throws {
        let exemplars = try duration(.native).busy.histogram.exemplars
        let ids = exemplars.map { $0.label.map { "\($0.name)=\($0.value.suffix(1))" } }
        // By time; the second run of 3 ms stands for its bucket.
        #expect(ids == [["trace_id=4"], ["trace_id=3"], ["trace_id=2"]])
        #expect(exemplars.map(\.value) == [1.5, 0.04, 0.003])
        let start = Self.started.nanosecondsSinceEpoch / 1_000_000_000
        #expect(exemplars.map { $0.timestamp.seconds - start } == [4, 5, 6])
        let buckets = try duration(.classic).busy.histogram.bucket.filter(\.hasExemplar)
        #expect(Set(buckets.map(\.exemplar.value)) == [1.5, 0.04, 0.003])
        #expect(buckets.allSatisfy { $0.exemplar.value <= $0.upperBound })
    }

    @Test func whatCountsSaysSinceWhen() throws {
        for family in try families(.both) {
            for metric in family.metric {
                switch family.type {
                case .counter: #expect(metric.counter.createdTimestamp.seconds > 0, "\(family.name)")
                case .histogram: #expect(metric.histogram.createdTimestamp.seconds > 0, "\(family.name)")
                default: break
                }
            }
        }
    }
}
