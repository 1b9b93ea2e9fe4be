import HealthTesting
import Testing

@testable import HealthCore

/// Buckets of native histograms (https://prometheus.io/docs/specs/native_histograms/).
@Suite struct ExponentialBucketsTests {
    @Test(
        arguments: [
            (1, 3, 0), (1.0000001, 3, 1), (2, 3, 8), (2.0000001, 3, 9), (0.5, 3, -8), (0.25, 3, -16), (0.001, 3, -79),
            (1.09, 3, 1), (1.0905077326652577, 3, 1), (1.0905077326652579, 3, 2), (30, 3, 40), (4, 2, 8), (4, 0, 2),
            (4.1, 0, 3), (0.3, 0, -1), (4, -1, 1), (4.1, -1, 2), (1e-9, 3, -239),
        ] as [(Double, Int32, Int32)]
    )
    func theBucketOfANumberIsTheFirstWhoseBoundIsNotLess(value: Double, schema: Int32, index: Int32) {
        #expect(ExponentialBuckets.index(of: value, schema: schema) == index)
    }

    @Test func spansAndDeltasTellTheCounts() {
        var buckets = ExponentialBuckets()
        #expect(buckets.spans.isEmpty && buckets.deltas.isEmpty && buckets.schema == 3 && buckets.zeroCount == 0)
        // Buckets -16 (twice), -15, then -12 behind a gap of two, 0 behind a long one.
        for value in [0.25, 0.25, 0.26, 0.35, 1, 0, 0] { buckets.record(value) }
        #expect(buckets.zeroCount == 2)
        #expect(buckets.spans == [.init(offset: -16, length: 5), .init(offset: 11, length: 1)])
        #expect(buckets.deltas == [2, -1, -1, 0, 1, 0])
    }

    /// Whatever is counted, in any order: nothing is lost, at most 160 buckets, and each is where its schema has it.
    @Test(arguments: 0..<20) func nothingIsLostWhenTheResolutionIsHalved(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var buckets = ExponentialBuckets()
        var values: [Double] = []
        for _ in 0..<2000 {
            let value =
                Double(sign: .plus, exponent: .random(in: -30...20, using: &generator), significand: 1.3)
                * Double.random(in: 1..<1.5, using: &generator)
            values.append(value)
            buckets.record(value)
        }
        let schema = buckets.schema
        #expect(schema < 3)
        var (index, counts, deltas) = (Int32(0), [Int32: Int64](), buckets.deltas[...])
        var count: Int64 = 0
        for span in buckets.spans {
            index += span.offset
            for _ in 0..<span.length {
                count += deltas.popFirst() ?? .min
                if count > 0 { counts[index] = count }
                index += 1
            }
        }
        #expect(deltas.isEmpty && counts.count <= 160)
        let expected = Dictionary(grouping: values) { ExponentialBuckets.index(of: $0, schema: schema) }
        #expect(counts == expected.mapValues { Int64($0.count) })
    }
}
