import HealthCore
import HealthTesting
import Testing

/// What is due, and what becomes of it; an interval of 10 s with slots at 0, 10, 20 ….
@Suite struct AgendaTests {
    private static let grid = SlotGrid(phase: .zero, interval: .seconds(10))
    private let first = CheckHandle(number: 1)
    private let second = CheckHandle(number: 2)
    private let third = CheckHandle(number: 3)

    private func agenda(_ handles: CheckHandle..., limit: Int = 10, overdueLimit: Int = 1000) -> Agenda {
        var agenda = Agenda(limits: .init(runsInFlight: limit, runsOverdue: overdueLimit))
        for handle in handles { agenda.add(handle, grid: Self.grid, timeout: .microseconds(1), first: .seconds(1)) }
        return agenda
    }

    @Test func startsASlotOnceItIsDue() {
        var agenda = agenda(first)
        #expect(agenda.advance(to: .milliseconds(999)).isEmpty)
        #expect(agenda.earliest == .seconds(1))
        #expect(agenda.advance(to: .seconds(1)) == [.start(first, slot: .seconds(1))])
        #expect(agenda.advance(to: .seconds(1)).isEmpty)
        #expect(agenda.nextDue(first) == .seconds(10))
        #expect(agenda.earliest == .seconds(10))
        #expect(agenda.runsInFlight == 1)
    }

    @Test func theNextSlotIsOnTheGridHoweverLateTheLookCame() {
        var agenda = agenda(first)
        #expect(agenda.advance(to: .milliseconds(39_999)) == [.start(first, slot: .seconds(1))])
        #expect(agenda.nextDue(first) == .seconds(40))
    }

    @Test func aRunOffTheGridMayTakeItsTimeoutBeforeTheGridCounts() {
        var agenda = Agenda()
        agenda.add(first, grid: Self.grid, timeout: .seconds(2), first: .seconds(9))
        #expect(agenda.advance(to: .seconds(9)) == [.start(first, slot: .seconds(9))])
        #expect(agenda.nextDue(first) == .seconds(20))
        agenda.finished(first)
        // Published before the grid's next slot: that one counts after all.
        agenda.published(first, at: .milliseconds(9500), confirmIn: nil)
        #expect(agenda.nextDue(first) == .seconds(10))
        #expect(agenda.advance(to: .seconds(10)) == [.start(first, slot: .seconds(10))])
        agenda.finished(first)
        agenda.published(first, at: .milliseconds(10_100), confirmIn: .milliseconds(9500))
        #expect(agenda.advance(to: .milliseconds(19_600)) == [.start(first, slot: .milliseconds(19_600))])
        #expect(agenda.nextDue(first) == .seconds(30))
    }

    @Test func startsInTheOrderOfTheSlotsAndThenOfRegistration() {
        var agenda = agenda(second, first)
        agenda.add(third, grid: Self.grid, timeout: .microseconds(1), first: .milliseconds(500))
        let decisions = agenda.advance(to: .seconds(2))
        #expect(
            decisions == [
                .start(third, slot: .milliseconds(500)), .start(first, slot: .seconds(1)),
                .start(second, slot: .seconds(1)),
            ]
        )
    }

    @Test func skipsSlotsMissedDuringALongRun() {
        var agenda = agenda(first)
        _ = agenda.advance(to: .seconds(1))
        #expect(agenda.advance(to: .seconds(10)) == [.skip(first, slot: .seconds(10), .overlap, overdue: false)])
        agenda.overdue(first)
        #expect(agenda.advance(to: .seconds(20)) == [.skip(first, slot: .seconds(20), .overlap, overdue: true)])
        agenda.finished(first)
        #expect(agenda.advance(to: .seconds(30)) == [.start(first, slot: .seconds(30))])
    }

    @Test func aSlotWaitsForAPlaceUntilOneIsFree() {
        var agenda = agenda(first, second, limit: 1)
        #expect(agenda.advance(to: .seconds(1)) == [.start(first, slot: .seconds(1))])
        #expect(!agenda.canStartWaiting)
        agenda.finished(first)
        #expect(agenda.canStartWaiting)
        #expect(agenda.advance(to: .seconds(3)) == [.start(second, slot: .seconds(1))])
        #expect(!agenda.canStartWaiting)
    }

    @Test func whoWaitsLongestStartsFirst() {
        var agenda = agenda(first, limit: 1)
        agenda.add(third, grid: Self.grid, timeout: .microseconds(1), first: .seconds(2))
        agenda.add(second, grid: Self.grid, timeout: .microseconds(1), first: .seconds(3))
        _ = agenda.advance(to: .seconds(1))
        #expect(agenda.advance(to: .seconds(4)).isEmpty)
        agenda.finished(first)
        #expect(agenda.advance(to: .seconds(5)) == [.start(third, slot: .seconds(2))])
        agenda.finished(third)
        #expect(agenda.advance(to: .seconds(6)) == [.start(second, slot: .seconds(3))])
    }

    @Test func aSlotThatWaitsUntilTheNextOneIsSkippedAsSaturated() {
        var agenda = agenda(first, second, limit: 1)
        _ = agenda.advance(to: .seconds(1))
        let decisions = agenda.advance(to: .seconds(10))
        #expect(
            decisions == [
                .skip(first, slot: .seconds(10), .overlap, overdue: false),
                .skip(second, slot: .seconds(1), .saturated, overdue: false),
            ]
        )
        agenda.finished(first)
        #expect(agenda.advance(to: .seconds(11)) == [.start(second, slot: .seconds(10))])
    }

    @Test func anOverdueRunTakesNoPlace() {
        var agenda = agenda(first, second, limit: 1)
        _ = agenda.advance(to: .seconds(1))
        agenda.overdue(first)
        #expect(agenda.runsOverdue == 1)
        #expect(agenda.runsInFlight == 0)
        #expect(agenda.canStartWaiting)
        #expect(agenda.advance(to: .seconds(3)) == [.start(second, slot: .seconds(1))])
    }

    @Test func overdueRunsBeyondTheirLimitTakePlacesAgain() {
        var agenda = agenda(first, second, third, limit: 1, overdueLimit: 1)
        _ = agenda.advance(to: .seconds(1))
        agenda.overdue(first)
        #expect(agenda.advance(to: .seconds(3)) == [.start(second, slot: .seconds(1))])
        agenda.overdue(second)
        #expect(!agenda.canStartWaiting)
        #expect(agenda.advance(to: .seconds(4)).isEmpty)
        agenda.finished(first)
        #expect(agenda.advance(to: .seconds(5)) == [.start(third, slot: .seconds(1))])
    }

    @Test func countsARunOnceHoweverOftenItIsCalledOverdueOrFinished() {
        var agenda = agenda(first, second)
        _ = agenda.advance(to: .seconds(1))
        agenda.overdue(first)
        agenda.overdue(first)
        #expect(agenda.runsOverdue == 1)
        agenda.finished(first)
        agenda.finished(first)
        agenda.overdue(first)
        #expect(agenda.runsOverdue == 0)
        #expect(agenda.runsInFlight == 1)
    }
}
