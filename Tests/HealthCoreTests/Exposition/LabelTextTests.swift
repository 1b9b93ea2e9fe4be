import HealthCore
import Testing

/// Labels and help texts.
@Suite struct LabelTextTests {
    @Test(arguments: [
        ("plain", #"plain"#), (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), (#"\n"#, #"\\n"#),
        ("a\rb", "a\rb"), ("a\u{0}b", "a\u{0}b"), ("a\u{2028}b", "a\u{2028}b"), ("ä😀", "ä😀"), ("{}=,", "{}=,"),
        ("\\\"\n", #"\\\"\n"#),
    ])
    func escapesWhatTheFormatsWantEscaped(value: String, escaped: String) {
        #expect(LabelText.encode([("x", value)]) == Array("x=\"\(escaped)\"".utf8))
        let labels = [("x", value), ("y", "z"), ("z", value)]
        #expect(
            LabelText.decode(LabelText.encode(labels)).map { "\($0)" }
                == labels.map { "(name: \($0.0.debugDescription), value: \($0.1.debugDescription))" }
        )
    }

    @Test func helpTextsKeepQuotesInTheOldFormatOnly() {
        var (text, openMetrics): ([UInt8], [UInt8]) = ([], [])
        LabelText.appendEscaped("a\"\\\n", quotes: false, to: &text)
        LabelText.appendEscaped("a\"\\\n", quotes: true, to: &openMetrics)
        #expect(String(decoding: text, as: UTF8.self) == #"a"\\\n"#)
        #expect(String(decoding: openMetrics, as: UTF8.self) == #"a\"\\\n"#)
    }

    @Test func anEmptyValueIsLeftOut() {
        let labels = [("a", ""), ("b", "1"), ("c", ""), ("d", "2")]
        #expect(String(decoding: LabelText.encode(labels), as: UTF8.self) == #"b="1",d="2""#)
        #expect(LabelText.encode([("a", "")]).isEmpty)
    }

    @Test func theIdentityComesLastOrOnlyInTheInfo() {
        var identity = ServiceIdentity(name: "orders", environment: "test", version: "1", instance: "a")
        let labels = identity.labels([("component", "db")])
        #expect(
            String(decoding: labels, as: UTF8.self)
                == #"component="db",environment="test",version="1",instance="a""#
        )
        identity.labelsEverySample = false
        #expect(String(decoding: identity.labels([("component", "db")]), as: UTF8.self) == #"component="db""#)
        #expect(identity.labels().isEmpty)
    }
}
