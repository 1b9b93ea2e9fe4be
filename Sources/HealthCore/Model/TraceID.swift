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

    private func hexadecimal(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
