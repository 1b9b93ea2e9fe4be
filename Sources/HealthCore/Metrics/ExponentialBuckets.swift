/// Counts durations in exponential buckets, as Prometheus' native histograms have them.
///
/// Bucket `i` of schema `n` holds what is greater than `2^((i-1)/2^n)` seconds and at most `2^(i/2^n)`. Only buckets in which something
/// was counted are kept. Source: https://prometheus.io/docs/specs/native_histograms/
package struct ExponentialBuckets: Sendable {
    /// A bucket with something in it.
    private struct Bucket: Sendable {
        var index: Int32
        var count: UInt64
    }

    /// So many buckets in a row that lie so far behind the end of the span before, or behind bucket 0.
    package struct Span: Sendable, Equatable {
        /// May be negative for the first span only.
        package var offset: Int32
        /// At least 1.
        package var length: UInt32
    }

    /// Bounds that differ by 9 %: what Prometheus' client libraries begin with, too.
    private static let firstSchema: Int32 = 3
    /// More buckets halve the resolution.
    private static let maximumBuckets = 160
    /// What is at most this, in seconds, counts as zero: the threshold of Prometheus' client libraries, 2 to the power of -128.
    package static let zeroThreshold = 0x1p-128

    /// How many buckets a doubling has: 2 to this power.
    package private(set) var schema = Self.firstSchema
    /// What was at most ``zeroThreshold``.
    package private(set) var zeroCount: UInt64 = 0
    /// By ascending index.
    private var buckets: [Bucket] = []

    /// Nothing counted yet.
    package init() {}

    /// Counts a duration in seconds.
    package mutating func record(_ seconds: Double) {
        guard seconds > Self.zeroThreshold else {
            zeroCount += 1
            return
        }
        let index = Self.index(of: seconds, schema: schema)
        let place = buckets.firstIndex { $0.index >= index } ?? buckets.count
        if place < buckets.count, buckets[place].index == index {
            buckets[place].count += 1
        } else {
            buckets.insert(Bucket(index: index, count: 1), at: place)
            while buckets.count > Self.maximumBuckets { halveResolution() }
        }
    }

    /// Where the buckets lie that have counts; one or two empty ones between two others cost less than a span of their own.
    package var spans: [Span] { layout.spans }

    /// The count of each bucket of the spans, less that of the bucket before; the first as it is.
    package var deltas: [Int64] {
        let counts = layout.counts
        return zip(counts, [0] + counts).map { $0 - $1 }
    }

    private static let longestGap: Int32 = 2

    private var layout: (spans: [Span], counts: [Int64]) {
        var (spans, counts, end) = ([Span](), [Int64](), Int32(0))
        for bucket in buckets {
            let gap = bucket.index - end
            if spans.isEmpty || gap > Self.longestGap {
                spans.append(Span(offset: gap, length: 1))
            } else {
                counts += Array(repeating: 0, count: Int(gap))
                spans[spans.count - 1].length += UInt32(gap) + 1
            }
            counts.append(Int64(clamping: bucket.count))
            end = bucket.index + 1
        }
        return (spans, counts)
    }

    /// Two buckets become one: the resolution of a schema that is less by 1.
    private mutating func halveResolution() {
        schema -= 1
        var merged: [Bucket] = []
        for bucket in buckets {
            let index = (bucket.index + 1) >> 1
            if merged.last?.index == index {
                merged[merged.count - 1].count += bucket.count
            } else {
                merged.append(Bucket(index: index, count: bucket.count))
            }
        }
        buckets = merged
    }

    /// The bucket that holds a positive number.
    static func index(of value: Double, schema: Int32) -> Int32 {
        // In the finest schema first: merging by two is exact, a logarithm would not be.
        let position = finestBounds.firstIndex { value.significand <= $0 } ?? finestBounds.count
        var index = Int32(clamping: value.exponent) * Int32(finestBounds.count) + Int32(position)
        for _ in 0..<(firstSchema - schema) { index = (index + 1) >> 1 }
        return index
    }

    /// 2 to the power of k/8 for k from 0 to 7: the bounds of a doubling, from 1 on.
    private static let finestBounds: [Double] = {
        let half = 2.0.squareRoot()
        let quarter = half.squareRoot()
        let eighth = quarter.squareRoot()
        return [1, eighth, quarter, quarter * eighth, half, half * eighth, half * quarter, half * quarter * eighth]
    }()
}
