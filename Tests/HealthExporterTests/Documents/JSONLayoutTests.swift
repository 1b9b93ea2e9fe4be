import Foundation
import HealthExporter
import Testing

/// Commas, nesting and numbers of the JSON writer.
struct JSONLayoutTests {
    private static func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func commasStandBetweenValuesAndNowhereElse() {
        let text = Self.text { json in
            json.array([1, 2]) { json, number in
                json.object { json in
                    json.field("a", number)
                    json.key("b")
                    json.array([] as [Int]) { $0.value($1) }
                    json.key("c")
                    json.object { _ in }
                    json.field("d", texts: ["x"])
                }
            }
        }
        #expect(text == #"[{"a":1,"b":[],"c":{},"d":["x"]},{"a":2,"b":[],"c":{},"d":["x"]}]"#)
    }

    @Test func keysAreEscapedToo() {
        #expect(Self.text { $0.object { $0.field("a\"\n\u{2028}", true) } } == #"{"a\"\n\u2028":true}"#)
    }

    @Test func nothingIsNull() {
        let text = Self.text { json in
            json.object { json in
                json.field("text", nil as String?)
                json.field("number", nil as Double?)
            }
        }
        #expect(text == #"{"text":null,"number":null}"#)
    }

    @Test(arguments: [
        (Int64.min, "-9223372036854775808"), (.max, "9223372036854775807"), (0, "0"), (-1, "-1"),
    ])
    func wholeNumbersKeepEveryDigit(number: Int64, text: String) {
        #expect(Self.text { $0.value(number) } == text)
    }

    @Test func theLargestUnsignedNumberKeepsEveryDigit() {
        #expect(Self.text { $0.value(UInt64.max) } == "18446744073709551615")
    }

    @Test(arguments: [
        0.1, 1.0 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123_456_789.125, -2.5e-10, 0x1p53 + 2, 1e22,
    ])
    func numbersReadBackTheSame(number: Double) throws {
        let text = Self.text { $0.value(number) }
        let back = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? Double
        #expect(back == number, "\(text)")
    }

    @Test(arguments: 0..<0x20)
    func everyControlCharacterIsEscaped(code: UInt8) throws {
        let character = String(UnicodeScalar(code))
        let text = Self.text { $0.value(character) }
        #expect(text.utf8.allSatisfy { $0 >= 0x20 } && text.hasPrefix("\"\\"))
        let back = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? String
        #expect(back == character)
    }
}
