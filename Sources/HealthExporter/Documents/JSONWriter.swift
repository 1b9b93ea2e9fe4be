/// Writes JSON (RFC 8259) with keys in the order in which they are given, which Foundation's encoder does not keep.
package struct JSONWriter {
    /// What was written until now.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A writer that has written nothing.
    package init() {}

    /// `{…}`.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        nested(open: "{", close: "}", body)
    }

    /// `[…]`, one element for each value.
    package mutating func array<Values: Sequence>(
        _ values: Values,
        _ element: (inout JSONWriter, Values.Element) -> Void
    ) {
        nested(open: "[", close: "]") { writer in
            for value in values { element(&writer, value) }
        }
    }

    private mutating func nested(
        open: Unicode.Scalar,
        close: Unicode.Scalar,
        _ body: (inout JSONWriter) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    /// A key; its value comes next.
    package mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string, escaped.
    package mutating func value(_ text: String) {
        separate()
        appendQuoted(text)
        needsComma = true
    }

    /// A whole number with all its digits.
    package mutating func value(_ number: some FixedWidthInteger) {
        raw(String(number))
    }

    /// A number; `null` when it is not finite, because JSON has no such numbers.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        raw(Self.text(of: number))
    }

    /// A number without a fraction when it is whole.
    package static func text(of number: Double) -> String {
        // Up to there a `Double` holds every integer.
        number == number.rounded() && abs(number) <= 0x1p53 ? String(Int64(number)) : number.description
    }

    /// `true` or `false`.
    package mutating func value(_ flag: Bool) {
        raw(flag ? "true" : "false")
    }

    /// `null`.
    package mutating func null() {
        raw("null")
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes += text.utf8
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// Escapes what JSON must and what breaks lines or terminals: C0, DEL, C1, U+2028 and U+2029.
    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5c:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case 0x0a: bytes += #"\n"#.utf8
            case 0x0d: bytes += #"\r"#.utf8
            case 0x09: bytes += #"\t"#.utf8
            case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029:
                bytes += #"\u"#.utf8
                for shift in [12, 8, 4, 0] { bytes.append(Self.hexadecimal[Int(scalar.value >> shift) & 15]) }
            default: bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONWriter {
    /// A key with a string, or with `null`.
    package mutating func field(_ name: String, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    /// A key with a whole number.
    package mutating func field(_ name: String, _ number: Int) {
        key(name)
        value(number)
    }

    /// A key with a number, or with `null`.
    package mutating func field(_ name: String, _ number: Double?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    /// A key with `true` or `false`.
    package mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// A key with an array of strings.
    package mutating func field(_ name: String, texts: [String]) {
        key(name)
        array(texts) { $0.value($1) }
    }

    /// A whole document of one object.
    package static func document(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(body)
        return writer.bytes
    }
}
