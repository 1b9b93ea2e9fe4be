/// Writes HTML: markup of the program as it is, everything else escaped.
///
/// A template engine would bring all of Foundation (52 MB of a stripped program's 58); what the page needs of one is escaping.
struct HTMLWriter {
    /// What was written until now.
    private(set) var bytes: [UInt8] = []

    /// A writer that has written nothing.
    init() {}

    /// A document, or a part of one.
    static func document(_ body: (inout HTMLWriter) -> Void) -> [UInt8] {
        var html = HTMLWriter()
        body(&html)
        return html.bytes
    }

    /// Markup that stands in the program.
    mutating func markup(_ markup: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: markup.utf8Start, count: markup.utf8CodeUnitCount))
    }

    /// HTML that another writer has written.
    mutating func html(_ other: [UInt8]) {
        bytes += other
    }

    /// Text as the content of an element or the value of an attribute in double quotes (HTML, §13.3).
    ///
    /// By bytes: what is escaped is ASCII, whatever combines with it.
    mutating func text(_ text: String) {
        let text = text.unicodeScalars.contains(where: Self.isDirection) ? Self.withoutDirections(text) : text
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): markup("&amp;")
            case UInt8(ascii: "<"): markup("&lt;")
            case UInt8(ascii: ">"): markup("&gt;")
            case UInt8(ascii: "\""): markup("&quot;")
            case UInt8(ascii: "'"): markup("&#39;")
            default: bytes.append(byte)
            }
        }
    }

    /// Marks that turn the direction of what follows, also beyond the element that they stand in (Unicode Standard Annex #9).
    private static func isDirection(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x61C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func withoutDirections(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isDirection($0) ? "\u{FFFD}" : $0 }))
    }

    /// A whole number.
    mutating func number(_ number: Int) {
        bytes += String(number).utf8
    }

    /// An attribute with a space before it; left out when nil.
    mutating func attribute(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        markup(" ")
        markup(name)
        markup("=\"")
        text(value)
        markup("\"")
    }

    /// An element with text and perhaps a class.
    mutating func element(_ name: StaticString, styled: StaticString? = nil, _ content: String) {
        element(name, styled: styled) { $0.text(content) }
    }

    /// An element with content and perhaps a class.
    mutating func element(
        _ name: StaticString,
        styled: StaticString? = nil,
        with attributes: [(StaticString, String?)] = [],
        _ body: (inout HTMLWriter) -> Void
    ) {
        markup("<")
        markup(name)
        if let styled {
            markup(" class=\"")
            markup(styled)
            markup("\"")
        }
        for (name, value) in attributes { attribute(name, value) }
        markup(">")
        body(&self)
        markup("</")
        markup(name)
        markup(">")
    }
}
