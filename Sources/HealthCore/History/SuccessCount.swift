/// How many runs succeeded in a span, and how many runs failed or slots were lost.
package struct SuccessCount: Sendable, Equatable {
    /// Successes.
    package var good: UInt32
    /// Failures, timeouts and lost slots.
    package var bad: UInt32

    /// Counts; zero when left out.
    package init(good: UInt32 = 0, bad: UInt32 = 0) {
        (self.good, self.bad) = (good, bad)
    }

    /// Counts one.
    package mutating func record(isSuccess: Bool) {
        if isSuccess { good &+= 1 } else { bad &+= 1 }
    }

    /// Both together.
    package static func += (left: inout SuccessCount, right: SuccessCount) {
        left.good &+= right.good
        left.bad &+= right.bad
    }
}
