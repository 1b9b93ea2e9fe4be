import HealthTesting
import Testing

/// The generator that every random test rests on.
@Suite struct SeededGeneratorTests {
    @Test func givesThePublishedNumbersOfSplitMix64() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}
