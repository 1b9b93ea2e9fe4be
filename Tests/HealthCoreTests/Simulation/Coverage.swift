/// Events that are rare in one simulation; over all of them each has to happen, or they prove less than it seems.
enum Rarity: String, CaseIterable, Sendable {
    case overlapSkipWithinDeadline, overlapSkipOfAnOverdueRun, saturatedSkip, waitForAPlace, overdueSlotChangedStatus
    case ignoredCancellation, removalDuringARun, removalWhileWaiting, resetOneShortOfTheThreshold, confirmSlot
    case wentStale, wentStaleByInternalError, leftStale, degradedByLatency, thrownError, reportedInternal
    case drill, drillReplaced, drillEndedByHand, drillEndedByTime, suppression, suppressionThroughOthers
    case suppressionEndedByHealth, suppressionEndedByTime, maintenance, clockStep, reloadDuringARun
    case replacedCheckDuringARun, joinedWithAResult, joinedWithout, groupInsulated, flagOff, sharedCapped
    case retry, retryThatHelped, starved, circuitOpened, halfOpenFailure, circuitClosed, slotLeftOut, suspension
    case drillBesideWorseTruth, pendingBeforeTheFirstResult, pendingAfterAResult, internalBeforeAnythingElse
    case reload, keptPastAShorterAge, dependencyOnAGroup, spreadAfterAHalt
    case recoveryByMoreThanOneSuccess, moreOverdueThanAllowed, answerAfterTheDeadlineOfARemovedCheck
}

/// How often each rare event happened.
struct Coverage: Sendable {
    private(set) var counts: [Rarity: Int] = [:]

    /// Records that an event happened.
    mutating func record(_ rarity: Rarity, if condition: Bool = true) {
        if condition { counts[rarity, default: 0] += 1 }
    }

    /// Adds what another simulation saw.
    mutating func add(_ other: Coverage) {
        counts.merge(other.counts, uniquingKeysWith: +)
    }
}
