import HealthCore
import HealthTesting
import Testing

/// Numbers of the text formats.
@Suite struct NumberTextTests {
    private func text(_ value: Double) -> String {
        var bytes: [UInt8] = []
        NumberText.append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1, "1"), (9, "9"), (10, "10"), (-1, "-1"), (0.1, "0.1"), (-2.5, "-2.5"),
        (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"), (999_999_999_999_999, "999999999999999"),
        (1e15, "1000000000000000.0"), (1e16, "1e+16"),
        (1_767_225_600.123, "1767225600.123"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    ])
    func areWrittenShortAndExactly(value: Double, expected: String) {
        #expect(text(value) == expected)
    }

    @Test func readBackTheSame() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<10_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            #expect(Double(text(value)) == value)
        }
    }

    @Test(arguments: [(0, "0"), (7, "7"), (10, "10"), (UInt64.max, "18446744073709551615")] as [(UInt64, String)])
    func countsAreDigits(value: UInt64, expected: String) {
        var bytes: [UInt8] = []
        NumberText.append(value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        (Duration.seconds(1), "1.0"), (.seconds(30), "30.0"), (.milliseconds(1), "0.001"), (.milliseconds(2500), "2.5"),
        (.microseconds(10), "1e-05"), (.milliseconds(100), "0.1"),
    ])
    func boundsAreAlwaysFloatingPoint(bound: Duration, expected: String) {
        #expect(NumberText.bound(bound) == expected)
    }

    @Test func boundsOfWholeMillisecondsHaveAtMostThreeDecimals() {
        for milliseconds in 1...65_000 {
            let text = NumberText.bound(.milliseconds(milliseconds))
            guard text == "\(Double(milliseconds) / 1000)" else {
                Issue.record("\(milliseconds) ms is written \(text)")
                return
            }
        }
    }
}
