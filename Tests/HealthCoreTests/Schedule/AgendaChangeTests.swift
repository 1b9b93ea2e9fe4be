import HealthCore
import HealthTesting
import Testing

/// Confirmation, addition, removal and stop; an interval of 10 s with slots at 0, 10, 20 ….
@Suite struct AgendaChangeTests {
    private static let grid = SlotGrid(phase: .zero, interval: .seconds(10))
    private let first = CheckHandle(number: 1)
    private let second = CheckHandle(number: 2)

    /// An agenda in which `first` has run at 10 s.
    private func afterARun(limit: Int = 10) -> Agenda {
        var agenda = Agenda(limits: .init(runsInFlight: limit))
        agenda.add(first, grid: Self.grid, timeout: .microseconds(1), first: .seconds(10))
        _ = agenda.advance(to: .seconds(10))
        return agenda
    }

    @Test func whileAChangeIsConfirmedTheNextSlotIsOffTheGrid() {
        var agenda = afterARun()
        agenda.published(first, at: .seconds(11), confirmIn: .seconds(2))
        agenda.finished(first)
        #expect(agenda.nextDue(first) == .seconds(13))
        #expect(agenda.advance(to: .seconds(13)) == [.start(first, slot: .seconds(13))])
        #expect(agenda.nextDue(first) == .seconds(20))
    }

    @Test func confirmationMayPassASlotOfTheGrid() {
        var agenda = afterARun()
        agenda.published(first, at: .seconds(19), confirmIn: .seconds(3))
        agenda.finished(first)
        #expect(agenda.advance(to: .seconds(20)).isEmpty)
        #expect(agenda.advance(to: .seconds(22)) == [.start(first, slot: .seconds(22))])
        #expect(agenda.nextDue(first) == .seconds(30))
    }

    @Test func agreementLeadsBackToTheGrid() {
        var agenda = afterARun()
        agenda.published(first, at: .seconds(11), confirmIn: .seconds(2))
        agenda.published(first, at: .seconds(12), confirmIn: nil)
        agenda.finished(first)
        #expect(agenda.nextDue(first) == .seconds(20))
        #expect(agenda.advance(to: .seconds(13)).isEmpty)
        #expect(agenda.advance(to: .seconds(20)) == [.start(first, slot: .seconds(20))])
    }

    @Test func agreementLeavesASlotOfTheGridWhereItIs() {
        var agenda = afterARun()
        agenda.published(first, at: .seconds(11), confirmIn: nil)
        #expect(agenda.nextDue(first) == .seconds(20))
    }

    @Test func eachConfirmationStartsAnew() {
        var agenda = afterARun()
        for second in [11, 12, 13] { agenda.published(first, at: .seconds(Double(second)), confirmIn: .seconds(2)) }
        agenda.finished(first)
        #expect(agenda.advance(to: .milliseconds(14_999)).isEmpty)
        #expect(agenda.advance(to: .seconds(15)) == [.start(first, slot: .seconds(15))])
        #expect(agenda.advance(to: .seconds(16)).isEmpty)
    }

    @Test func aConfirmSlotDuringAnOverdueRunIsSkipped() {
        var agenda = afterARun()
        agenda.overdue(first)
        agenda.published(first, at: .seconds(12), confirmIn: .seconds(2))
        #expect(agenda.advance(to: .seconds(14)) == [.skip(first, slot: .seconds(14), .overlap, overdue: true)])
        #expect(agenda.nextDue(first) == .seconds(20))
    }

    @Test func addsWhileOthersRun() {
        var agenda = afterARun()
        agenda.add(second, grid: Self.grid, timeout: .microseconds(1), first: .seconds(12))
        #expect(agenda.earliest == .seconds(12))
        #expect(agenda.advance(to: .seconds(12)) == [.start(second, slot: .seconds(12))])
    }

    @Test func addingTwiceStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            var agenda = Agenda()
            let grid = SlotGrid(phase: .zero, interval: .seconds(1))
            agenda.add(CheckHandle(number: 1), grid: grid, timeout: .microseconds(1), first: .zero)
            agenda.add(CheckHandle(number: 1), grid: grid, timeout: .microseconds(1), first: .zero)
        }
    }

    @Test func aRemovedCheckIsNeverDueAgain() {
        var agenda = afterARun()
        agenda.finished(first)
        agenda.remove(first)
        #expect(agenda.nextDue(first) == nil)
        #expect(agenda.advance(to: .seconds(100)).isEmpty)
        #expect(agenda.earliest == nil)
    }

    @Test func aRunOfARemovedCheckKeepsItsPlaceUntilItReturns() {
        var agenda = afterARun(limit: 1)
        agenda.add(second, grid: Self.grid, timeout: .microseconds(1), first: .seconds(11))
        agenda.remove(first)
        #expect(agenda.advance(to: .seconds(11)).isEmpty)
        #expect(agenda.runsInFlight == 1)
        agenda.finished(first)
        #expect(agenda.canStartWaiting)
        #expect(agenda.advance(to: .seconds(12)) == [.start(second, slot: .seconds(11))])
    }

    @Test func newsOfARemovedCheckChangesNothing() {
        var agenda = afterARun()
        agenda.remove(first)
        agenda.published(first, at: .seconds(11), confirmIn: .seconds(1))
        #expect(agenda.advance(to: .seconds(100)).isEmpty)
    }

    @Test func aCheckRemovedWhileItWaitsIsNotStarted() {
        var agenda = afterARun(limit: 1)
        agenda.add(second, grid: Self.grid, timeout: .microseconds(1), first: .seconds(11))
        _ = agenda.advance(to: .seconds(11))
        agenda.remove(second)
        agenda.finished(first)
        #expect(agenda.advance(to: .seconds(12)).isEmpty)
        #expect(!agenda.canStartWaiting)
    }

    @Test func afterAStopNothingIsDueAndNobodyWaits() {
        var agenda = afterARun(limit: 1)
        agenda.add(second, grid: Self.grid, timeout: .microseconds(1), first: .seconds(11))
        _ = agenda.advance(to: .seconds(11))
        agenda.stop()
        agenda.finished(first)
        #expect(!agenda.canStartWaiting)
        #expect(agenda.earliest == nil)
        #expect(agenda.nextDue(first) == nil)
        #expect(agenda.advance(to: .seconds(100)).isEmpty)
    }
}

/// What a person asks to be run at once; an interval of 10 s with slots at 0, 10, 20 ….
@Suite struct RunNowTests {
    private let handle = CheckHandle(number: 1)

    private func agenda() -> Agenda {
        var agenda = Agenda()
        let grid = SlotGrid(phase: .zero, interval: .seconds(10))
        agenda.add(handle, grid: grid, timeout: .seconds(2), first: .seconds(1))
        _ = agenda.advance(to: .seconds(1))
        agenda.finished(handle)
        agenda.published(handle, at: .seconds(1), confirmIn: nil)
        return agenda
    }

    @Test func aCheckRunsNowAndThenOnItsGrid() {
        var agenda = agenda()
        let begins = agenda.runNow(handle, at: .seconds(4))
        #expect(begins)
        #expect(agenda.advance(to: .seconds(4)) == [.start(handle, slot: .seconds(4))])
        let beginsAgain = agenda.runNow(handle, at: .seconds(5))
        #expect(!beginsAgain)
        agenda.finished(handle)
        agenda.published(handle, at: .seconds(5), confirmIn: nil)
        #expect(agenda.nextDue(handle) == .seconds(10))
    }

    @Test func anOpenCircuitIsTried() {
        var agenda = agenda()
        agenda.published(handle, at: .seconds(2), confirmIn: nil, trialAt: .seconds(60))
        let begins = agenda.runNow(handle, at: .seconds(4))
        #expect(begins)
        #expect(agenda.advance(to: .seconds(4)) == [.start(handle, slot: .seconds(4))])
    }

    @Test func nothingRunsOnceRunsAreStopped() {
        var agenda = agenda()
        agenda.stop()
        let begins = agenda.runNow(handle, at: .seconds(4))
        #expect(!begins)
        let unknownBegins = agenda.runNow(CheckHandle(number: 9), at: .seconds(4))
        #expect(!unknownBegins)
    }
}
