/// Numbers as bytes of the text formats.
package enum NumberText {
    /// A sample's value: whole numbers without a point, others in the shortest form that reads back the same.
    package static func append(_ value: Double, to bytes: inout [UInt8]) {
        if value == value.rounded(), abs(value) < 1e15 {
            append(Int64(value), to: &bytes)
        } else if value.isNaN {
            bytes += "NaN".utf8
        } else if value.isInfinite {
            bytes += (value < 0 ? "-Inf" : "+Inf").utf8
        } else {
            bytes += value.description.utf8
        }
    }

    /// A whole number in decimal digits.
    package static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let first = bytes.count
        var rest = UInt64(value.magnitude)
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
            rest = quotient
        } while rest > 0
        if bytes.count - first > 1 { bytes[first...].reverse() }
    }

    /// A bucket bound: always a floating-point number (`1.0`, not `1`), because its text is part of the series' identity.
    package static func bound(_ bound: Duration) -> String {
        bound.seconds.description
    }
}
