import HealthCore
import HealthTesting
import Testing

/// Messages are bounded.
@Suite struct MessageCutTests {
    @Test(arguments: [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "ab…"),
        ("", 3, ""),
        ("ääää", 8, "ääää"),
        ("ääää", 7, "ää…"),
        ("a😀😀", 8, "a😀…"),
        ("a😀😀", 7, "a…"),
    ])
    func keepsWholeScalars(text: String, limit: Int, kept: String) {
        #expect(text.cut(toBytes: limit) == kept)
    }

    @Test(arguments: ["x", "ä", "😀", "\u{301}"])
    func cutsAtOneKibibyte(character: String) {
        let message = String(repeating: character, count: 5000)
        let result = RunResult(
            .failure,
            message: message,
            duration: .zero,
            traceID: TraceID(high: 0, low: 1),
            moment: .zero,
            timestamp: .newYear2026
        )
        #expect(result.message.utf8.count <= 1024)
        #expect(result.message.utf8.count > 1024 - 4)
        #expect(result.message.hasSuffix("…") || character == "\u{301}")
    }
}
