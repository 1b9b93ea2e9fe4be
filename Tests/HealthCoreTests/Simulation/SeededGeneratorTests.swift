import HealthTesting
import Testing

/// The generator that every random test rests on.
@Suite struct SeededGeneratorTests {
    @Test func givesThePublishedNumbersOfSplitMix64() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test func itsFirstNumbersBeginWithTheBytesThatItIsGiven() {
        var (plain, led) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1, leading: [0, 255, 128]))
        for byte in [0, 255, 128] as [UInt64] {
            let (random, number) = (plain.next(), led.next())
            #expect(number >> 56 == byte && number << 8 == random << 8)
        }
        #expect(plain.next() == led.next())
    }
}
