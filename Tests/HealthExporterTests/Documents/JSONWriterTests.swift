import Foundation
import HealthExporter
import Testing

/// JSON as others read it.
struct JSONWriterTests {
    @Test func keepsTheOrderOfKeysAndReadsBack() throws {
        let bytes = JSONWriter.document { json in
            json.field("z", "text")
            json.field("a", 1)
            json.field("n", nil as String?)
            json.field("f", 0.25)
            json.field("t", true)
            json.field("list", texts: ["x", "y"])
            json.key("empty")
            json.object { _ in }
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"z":"text","a":1,"n":null,"f":0.25,"t":true,"list":["x","y"],"empty":{}}"#
        )
        #expect(try JSONSerialization.jsonObject(with: Data(bytes)) is [String: Any])
    }

    @Test(arguments: [
        ("\"\\", #""\"\\""#), ("a\nb\r\t", #""a\nb\r\t""#), ("\u{0}\u{1f}\u{7f}\u{85}", #""\u0000\u001f\u007f\u0085""#),
        ("\u{2028}\u{2029}", #""\u2028\u2029""#), ("ä€😀", "\"ä€😀\""),
    ])
    func escapesWhatBreaksLinesAndTerminals(text: String, expected: String) throws {
        var json = JSONWriter()
        json.value(text)
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
        let back = try JSONSerialization.jsonObject(with: Data(json.bytes), options: .fragmentsAllowed)
        #expect(back as? String == text)
    }

    @Test(arguments: [
        (1.0, "1"), (-0.0, "0"), (-0.5, "-0.5"), (1e15, "1000000000000000"), (0x1p53, "9007199254740992"),
        (1e16, "1e+16"), (.infinity, "null"), (.nan, "null"), (1e-7, "1e-07"),
    ])
    func writesNumbersThatJSONKnows(number: Double, expected: String) {
        var json = JSONWriter()
        json.value(number)
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
    }
}
