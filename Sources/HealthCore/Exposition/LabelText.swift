/// Labels and help texts as bytes of the text formats.
package enum LabelText {
    /// `name="value",…`; a label whose value is empty is left out, because to Prometheus it would be absent.
    package static func encode(_ labels: [(name: String, value: String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in labels where !value.isEmpty {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += name.utf8
            bytes += #"=""#.utf8
            appendEscaped(value, quotes: true, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        return bytes
    }

    /// One label.
    package static func encode(_ name: String, _ value: String) -> [UInt8] {
        encode([(name, value)])
    }

    /// The labels that were encoded.
    package static func decode(_ bytes: [UInt8]) -> [(name: String, value: String)] {
        var labels: [(name: String, value: String)] = []
        var rest = bytes[...]
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let name = String(decoding: rest[..<equals], as: UTF8.self)
            var (value, index) = ([UInt8](), equals + 2)
            while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
                if rest[index] == UInt8(ascii: "\\") {
                    index += 1
                    value.append(rest[index] == UInt8(ascii: "n") ? UInt8(ascii: "\n") : rest[index])
                } else {
                    value.append(rest[index])
                }
                index += 1
            }
            labels.append((name, String(decoding: value, as: UTF8.self)))
            // Behind the quote and the comma.
            rest = rest.dropFirst(index + 2 - rest.startIndex)
        }
        return labels
    }

    /// Escapes backslash and line feed, and quotes when `quotes` is true; everything else stays as it is.
    package static func appendEscaped(_ text: String, quotes: Bool, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            case UInt8(ascii: "\"") where quotes: bytes += #"\""#.utf8
            default: bytes.append(byte)
            }
        }
    }
}
