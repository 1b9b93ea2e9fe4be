/// The id of one run: 16 bytes, not all zero (W3C Trace Context §3.2.2.3).
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A trace id of two halves; all zero becomes one that is allowed.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = high | low == 0 ? 1 : low
    }

    /// A new trace id drawn from a generator.
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(high: generator.next(), low: generator.next())
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String {
        hexadecimal(high) + hexadecimal(low)
    }

    /// The value of a `traceparent` header for this run (W3C Trace Context §3.2): its span has the id's second half.
    public func parent(isSampled: Bool) -> String {
        "00-\(description)-\(hexadecimal(low == 0 ? 1 : low))-\(isSampled ? "01" : "00")"
    }

    /// A number from 0 to below 1, as random as the id and different for each `draw` (the finalizer of SplitMix64).
    package func share(_ draw: Int) -> Double {
        var hash = low &+ UInt64(truncatingIfNeeded: draw &+ 1) &* 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((hash ^ (hash >> 31)) >> 11) / 9_007_199_254_740_992
    }

    private func hexadecimal(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
