import HealthCore
import HealthTesting
import Testing

/// Contract §5.3, row by row.
///
/// A result is a letter: S success, D degraded, F failure, T timeout, I internal; a dot is silence until it is stale, R a
/// reload that changes the check.
@Suite struct CheckStateTests {
    /// A check state that got results, one every ten seconds; its age limit is 22 s.
    private struct Story {
        var state: CheckState
        var now = Moment.zero
        var statuses = ""
        let thresholds: Thresholds

        init(_ results: String, failure: Int = 3, success: Int = 1) {
            thresholds = Thresholds(failure: failure, success: success)
            state = CheckState(thresholds: thresholds, maximumAge: .seconds(22))
            for letter in results { publish(letter) }
        }

        mutating func publish(_ letter: Character) {
            now = now.advanced(by: .seconds(10))
            let timestamp = Timestamp.newYear2026.advanced(by: .nanoseconds(now.nanoseconds))
            switch letter {
            case "S": _ = state.publish(.success, reason: nil, at: now, timestamp: timestamp)
            case "D": _ = state.publish(.degraded, reason: .tooSlow, at: now, timestamp: timestamp)
            case "F": _ = state.publish(.failure, reason: .connectRefused, at: now, timestamp: timestamp)
            case "T": _ = state.publish(.timeout, reason: .timeout, at: now, timestamp: timestamp)
            case "I": _ = state.publish(.internal, reason: .internal, at: now, timestamp: timestamp)
            case "R": state = CheckState(thresholds: thresholds, maximumAge: .seconds(22), replacing: state, at: now)
            default:
                now = now.advanced(by: .seconds(30))
                _ = state.expire(at: now, timestamp: timestamp)
            }
            statuses.append(Self.letter(state.status))
        }

        private static func letter(_ status: HealthStatus) -> Character {
            switch status {
            case .healthy: "h"
            case .degraded: "d"
            case .unknown: "?"
            case .unhealthy: "u"
            }
        }
    }

    @Test(arguments: [
        // From pending the first result decides at once, whatever the thresholds.
        ("S", 3, 3, "h"), ("D", 3, 3, "d"), ("F", 3, 3, "u"), ("T", 3, 3, "u"), ("I", 3, 3, "?"), ("IIF", 3, 3, "??u"),
        // Worse: the mildest of the last N.
        ("SFFF", 3, 1, "hhhu"), ("STFT", 3, 1, "hhhu"), ("SFFSFF", 3, 1, "hhhhhh"), ("SF", 1, 1, "hu"),
        ("SFFFFF", 5, 1, "hhhhhu"), ("SDDD", 3, 1, "hhhd"), ("SFDF", 3, 1, "hhhd"), ("SDFFF", 3, 1, "hhhdu"),
        ("SFFDFF", 3, 1, "hhhddd"), ("SFFDFFF", 3, 1, "hhhdddu"), ("DFFF", 3, 1, "dddu"), ("DFFDF", 3, 1, "ddddd"),
        // Better: the worst of the last M.
        ("FS", 3, 1, "uh"), ("FSS", 3, 2, "uuh"), ("FSFS", 3, 2, "uuuu"), ("FSFSS", 3, 2, "uuuuh"), ("FD", 3, 1, "ud"),
        ("FDS", 3, 2, "uud"), ("FSD", 3, 2, "uud"), ("FDSS", 3, 2, "uudh"), ("FSSS", 3, 3, "uuuh"), ("DS", 3, 1, "dh"),
        ("FFS", 1, 1, "uuh"), ("FFFFS", 2, 4, "uuuuu"), ("FSSSS", 2, 4, "uuuuh"), ("FSSDS", 5, 4, "uuuud"),
        // Internal is passed over: it neither counts nor resets.
        ("SFIFIF", 3, 1, "hhhhhu"), ("SFFII", 3, 1, "hhhhh"), ("FSIS", 3, 2, "uuuh"), ("SII", 1, 1, "hhh"),
        // Stale: success and degraded decide at once, failures need the threshold.
        ("S.", 3, 1, "h?"), ("S.S", 3, 3, "h?h"), ("S.D", 3, 3, "h?d"), ("S.F", 3, 1, "h??"), ("S.FF", 3, 1, "h???"),
        ("S.FFF", 3, 1, "h???u"), ("S.FFS", 3, 1, "h???h"), ("S.F", 1, 1, "h?u"), ("F.S", 3, 3, "u?h"),
        ("S.FI", 3, 1, "h???"), ("F.D", 3, 2, "u?d"), ("S.DS", 3, 2, "h?dd"), ("S.DSS", 3, 2, "h?ddh"),
        (".S", 3, 1, "?h"),
        // Inherited at a reload: success and degraded decide at once, failures need the threshold.
        ("SRF", 3, 1, "hhh"), ("SRFFF", 3, 1, "hhhhu"), ("SFFRF", 3, 1, "hhhhh"), ("SRFFSFF", 3, 1, "hhhhhhh"),
        ("SRF", 1, 1, "hhu"), ("SRD", 3, 1, "hhd"), ("SRFD", 3, 1, "hhhd"), ("SRFRFRF", 3, 1, "hhhhhhh"),
        ("DRFFF", 3, 1, "ddddu"), ("FRS", 3, 3, "uuh"), ("FRD", 3, 3, "uud"), ("FRFS", 3, 3, "uuuh"),
        ("FRFFFS", 3, 3, "uuuuuu"), ("FRDS", 3, 2, "uudd"), ("SRIFFF", 3, 1, "hhhhhu"),
        // From pending or stale a reload changes nothing.
        ("RF", 3, 3, "?u"), ("IRF", 3, 3, "??u"), ("S.RF", 3, 1, "h???"), ("SR.FFF", 3, 1, "hh???u"),
    ])
    func followsTheContract(results: String, failure: Int, success: Int, statuses: String) {
        #expect(Story(results, failure: failure, success: success).statuses == statuses)
    }

    @Test(arguments: [
        ("", false), ("S", false), ("F", false), ("SF", true), ("SFF", true), ("SFFF", false), ("SFS", false),
        ("SFI", true), ("I", false), ("FS", false), ("S.", true), ("S.F", true), ("S.FFF", false), ("SD", true),
    ])
    func disagreesWhileTheLastReadingIsNotTheStatus(results: String, disagrees: Bool) {
        #expect(Story(results).state.disagrees == disagrees)
    }

    @Test(arguments: [("", 0), ("S", 0), ("FT", 2), ("FTI", 2), ("FTIF", 3), ("FD", 0), ("FS", 0), ("SF.F", 2)])
    func countsFailuresInARow(results: String, failures: Int) {
        #expect(Story(results).state.consecutiveFailures == failures)
    }

    @Test(
        arguments: [
            ("", FailureReason.pending), ("I", .internal), ("IS", nil), ("IR", .internal), ("S", nil),
            ("F", .connectRefused), ("SFFT", .timeout),
            ("SFTF", .connectRefused), ("FFT", .timeout), ("SFF", nil), ("SDFF", .tooSlow), ("FI", .connectRefused),
            ("S.", .stale), ("SI.", .internal), ("SIS.", .stale), ("FS", nil), ("FD", .tooSlow), ("S.F", .stale),
        ] as [(String, FailureReason?)]
    )
    func namesTheReasonOfItsStatus(results: String, reason: FailureReason?) {
        #expect(Story(results).state.reason == reason)
    }

    @Test(arguments: [("", 0), ("I", 0), ("S", 1), ("SFF", 1), ("SFFF", 2), ("S.S", 3), ("SFFFS", 3)])
    func countsTransitions(results: String, transitions: Int) {
        #expect(Story(results).state.transitions == transitions)
    }

    @Test func pendingEndsWithTheFirstResultThatSaysSomething() {
        #expect(Story("").state.isPending)
        #expect(Story("II").state.isPending)
        #expect(!Story("IF").state.isPending)
    }

    @Test func tellsWhatChanged() {
        var story = Story("SFF")
        let change = story.state.publish(.timeout, reason: .dnsTimeout, at: .seconds(40), timestamp: .newYear2026)
        #expect(change?.from == .healthy)
        #expect(change?.to == .unhealthy)
        #expect(change?.previousReason == nil)
        #expect(change?.reason == .dnsTimeout)
        #expect(story.state.since == .newYear2026)
        let next = story.state.publish(.failure, reason: .unreachable, at: .seconds(50), timestamp: .newYear2026)
        #expect(next == nil)
        #expect(story.state.reason == .unreachable)
    }

    @Test func tellsOnceThatOnlyTroubleOfOurOwnCame() {
        var state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(22))
        let first = state.publish(.internal, reason: .internal, at: .zero, timestamp: .newYear2026)
        #expect(first?.from == .unknown && first?.to == .unknown)
        #expect(first?.previousReason == .pending && first?.reason == .internal)
        #expect(state.since == .newYear2026)
        #expect(state.hasResult && state.isPending)
        let again = state.publish(.internal, reason: .internal, at: .seconds(10), timestamp: .newYear2026)
        #expect(again == nil)
    }

    @Test func countsFailuresOfItsOwnAfterAReload() {
        #expect(Story("FFR").state.consecutiveFailures == 2)
        #expect(Story("FFRF").state.consecutiveFailures == 1)
        #expect(Story("FFRFF").state.consecutiveFailures == 2)
    }

    @Test func goodAndBadByTurnsFlipNothing() {
        #expect(Story(String(repeating: "SF", count: 20)).statuses == String(repeating: "h", count: 40))
        #expect(Story(String(repeating: "FFS", count: 10), success: 2).statuses == String(repeating: "u", count: 30))
    }
}
