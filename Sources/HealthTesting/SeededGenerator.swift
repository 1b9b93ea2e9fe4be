/// SplitMix64: the same numbers for the same seed, on every machine (Steele, Lea, Flood 2014).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64
    /// The first bytes of the numbers to come, the last one first.
    private var leading: [UInt8]

    /// A generator; equal seeds give equal numbers.
    package init(seed: UInt64) {
        self.init(seed: seed, leading: [])
    }

    /// A generator whose first numbers begin with these bytes, for those who search for inputs: each byte is one choice.
    package init(seed: UInt64, leading bytes: [UInt8]) {
        state = seed
        leading = bytes.reversed()
    }

    package mutating func next() -> UInt64 {
        let mixed = mix()
        guard let first = leading.popLast() else { return mixed }
        return mixed & (.max >> 8) | UInt64(first) << 56
    }

    private mutating func mix() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True in one of so many cases.
    package mutating func oneIn(_ count: Int) -> Bool {
        Int.random(in: 0..<count, using: &self) == 0
    }

    /// A whole number of milliseconds within a range.
    package mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }
}
