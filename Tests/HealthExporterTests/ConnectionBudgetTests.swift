import NIOCore
import Testing

@testable import HealthExporter

/// Who has a place, and who gives way.
struct ConnectionBudgetTests {
    /// A budget of 16 places, 2 of them for loopback peers, and the places by number.
    private struct Stage {
        var budget = ConnectionBudget(capacity: 16)
        var now: Int64 = 0

        mutating func admit(loopback: Bool = false) -> ConnectionBudget.Admission {
            now += 1
            return budget.admit(isPreferred: loopback, at: moment)
        }

        mutating func admit(_ count: Int, loopback: Bool = false) {
            for _ in 0..<count { _ = admit(loopback: loopback) }
        }

        mutating func update(_ places: Range<UInt64>, _ phase: ConnectionBudget.Phase) {
            now += 1
            for place in places { budget.update(place, to: phase, at: moment) }
        }

        var moment: NIODeadline { .uptimeNanoseconds(UInt64(now)) }
    }

    @Test func everybodyHasAPlaceWhileThereAreSome() {
        var stage = Stage()
        stage.admit(13)
        #expect(stage.admit() == .admitted(13))
        #expect(stage.budget.open == 14 && stage.budget.refused == 0)
    }

    @Test func theOldestIdleOneGivesWay() {
        var stage = Stage()
        stage.admit(14)
        #expect(stage.admit() == .replaces(14, closing: 0))
        // The second one has done something meanwhile, and is idle for less long than the third.
        stage.update(1..<2, .receiving)
        stage.update(1..<2, .idle)
        #expect(stage.admit() == .replaces(15, closing: 2))
        #expect(stage.budget.open == 14 && stage.budget.refused == 2)
    }

    @Test func halfSentRequestsGiveWayAfterTheIdleOnes() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<13, .receiving)
        #expect(stage.admit() == .replaces(14, closing: 13))
        stage.update(14..<15, .receiving)
        #expect(stage.admit() == .replaces(15, closing: 0))
    }

    @Test func whatIsBeingAnsweredNeverGivesWay() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<14, .answering)
        #expect(stage.admit() == .refused)
        #expect(stage.budget.open == 14 && stage.budget.refused == 1)
        stage.update(3..<4, .idle)
        #expect(stage.admit() == .replaces(14, closing: 3))
    }

    @Test func aShareIsKeptForThisMachine() {
        var stage = Stage()
        stage.admit(14)
        stage.update(0..<14, .answering)
        #expect(stage.admit() == .refused)
        #expect(stage.admit(loopback: true) == .admitted(14))
        #expect(stage.admit(loopback: true) == .admitted(15))
        #expect(stage.admit(loopback: true) == .replaces(16, closing: 14))
    }

    @Test func thisMachineMayUseWhatNobodyElseWants() {
        var stage = Stage()
        stage.admit(16, loopback: true)
        #expect(stage.admit() == .replaces(16, closing: 0), "more than its share gives way to others")
        #expect(stage.admit(loopback: true) == .replaces(17, closing: 1))
    }

    @Test func aPlaceIsGivenBackOnce() {
        var stage = Stage()
        stage.admit(14)
        for _ in 0..<2 { stage.budget.leave(5) }
        #expect(stage.budget.open == 13)
        stage.update(5..<6, .answering)
        #expect(stage.admit() == .admitted(14) && stage.admit() == .replaces(15, closing: 0))
    }
}
