import HealthCore
import HealthTesting
import Testing

/// The ids of runs.
@Suite struct TraceIDTests {
    @Test(
        arguments: [
            (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, "0123456789abcdeffedcba9876543210"),
            (0, 0xf, "0000000000000000000000000000000f"),
            (1, 0, "00000000000000010000000000000000"),
            (.max, .max, "ffffffffffffffffffffffffffffffff"),
            (0, 0, "00000000000000000000000000000001"),
        ] as [(UInt64, UInt64, String)]
    )
    func isThirtyTwoDigitsAndNeverAllZero(high: UInt64, low: UInt64, text: String) {
        #expect(TraceID(high: high, low: low).description == text)
    }

    @Test func isDrawnFromAGenerator() {
        var generator = SeededGenerator(seed: 1)
        var same = SeededGenerator(seed: 1)
        let id = TraceID(using: &generator)
        #expect(id == TraceID(using: &same))
        #expect(id != TraceID(using: &same))
    }
}
