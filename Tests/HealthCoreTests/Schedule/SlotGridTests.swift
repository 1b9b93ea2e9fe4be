import HealthCore
import HealthTesting
import Testing

/// The moments at which checks are due.
@Suite struct SlotGridTests {
    private static let id = CheckID(component: "orders-db", check: "primary")

    private static func randomGrids(_ count: Int, seed: UInt64) -> [(SlotGrid, SeededGenerator)] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let interval = random.milliseconds(100...604_800_000)
            let id = CheckID(component: "c\(number)", check: "k")
            return (SlotGrid(instance: "i", id: id, interval: interval), random)
        }
    }

    @Test func thePhaseOfACheckNeverChanges() {
        // Golden: another value would move every check of every installation at the next upgrade.
        let grid = SlotGrid(instance: "orders-7d9c", id: Self.id, interval: .seconds(10))
        #expect(grid.phase == Moment(nanoseconds: 6_100_000_000))
        #expect(stableHash("") == 0xf52a_15e9_a9b5_e89b)
        #expect(stableHash("orders-7d9c/orders-db/primary") == 0x9c3b_6b95_80be_72e5)
    }

    @Test(arguments: [(10_000, 10), (1000, 10), (100, 10), (50, 5), (1, 0.1)] as [(Int, Double)])
    func manyChecksShareAWakeUp(interval: Int, step: Double) {
        for number in 0..<100 {
            let id = CheckID(component: "db", check: "\(number)")
            let phase = SlotGrid(instance: "i", id: id, interval: .milliseconds(interval)).phase
            #expect(phase.nanoseconds % Int64(step * 1e6) == 0)
        }
    }

    @Test func replicasAndChecksHavePhasesOfTheirOwn() {
        let names = ["a", "b", "c", "d"]
        let grids = names.flatMap { instance in
            names.map { SlotGrid(instance: instance, id: CheckID(component: "db", check: $0), interval: .seconds(10)) }
        }
        #expect(Set(grids.map(\.phase)).count == 16)
    }

    @Test func phasesAreSpreadEvenly() {
        var tenths = [Int](repeating: 0, count: 10)
        for number in 0..<10_000 {
            let id = CheckID(component: "db", check: "\(number)")
            let phase = SlotGrid(instance: "pod-0", id: id, interval: .seconds(10)).phase
            tenths[Int(phase.nanoseconds / 1_000_000_000)] += 1
        }
        #expect(tenths.allSatisfy { (900...1100).contains($0) }, "\(tenths)")
    }

    @Test(arguments: [(0, 3), (2, 3), (3, 13), (4, 13), (12, 13), (13, 23), (1_000_000, 1_000_003)])
    func theNextSlotIsStrictlyLater(now: Int, next: Int) {
        let grid = SlotGrid(phase: .milliseconds(3), interval: .milliseconds(10))
        #expect(grid.next(after: .milliseconds(now)) == .milliseconds(next))
    }

    @Test func theNextSlotLiesOnTheGridWithinAnInterval() {
        for (grid, random) in Self.randomGrids(500, seed: 1) {
            var random = random
            let now = Moment(nanoseconds: Int64.random(in: 0...1_000_000_000_000_000, using: &random))
            let next = grid.next(after: now)
            #expect(next > now)
            #expect(now.duration(to: next) <= max(grid.interval, now.duration(to: grid.phase)))
            #expect((next.nanoseconds - grid.phase.nanoseconds) % grid.interval.wholeNanoseconds == 0)
        }
    }

    @Test(arguments: [1, 500, 1000, 5000, 10_000])
    func firstRunsComeSoonAndNeverAfterThePhase(count: Int) {
        for (grid, _) in Self.randomGrids(500, seed: 2) {
            let delay = grid.firstDelay(amongChecks: count)
            #expect(delay >= .zero)
            #expect(Moment.zero.advanced(by: delay) <= grid.phase)
            #expect(delay <= .milliseconds(count))
            #expect(delay <= grid.interval)
        }
    }

    @Test(arguments: [100, 250, 999])
    func firstRunsOfShortIntervalsComeWithinTheInterval(milliseconds: Int) {
        for number in 0..<100 {
            let id = CheckID(component: "db", check: "\(number)")
            let grid = SlotGrid(instance: "i", id: id, interval: .milliseconds(milliseconds))
            #expect(grid.firstDelay(amongChecks: 5000) <= grid.interval)
        }
    }

    @Test func firstRunsAreSpreadOverTheWholeTimeAllowed() {
        let delays = Self.randomGrids(500, seed: 3).map { $0.0.firstDelay(amongChecks: 4000) }
        #expect(delays.contains { $0 > .milliseconds(3600) })
        #expect(delays.contains { $0 < .milliseconds(400) })
    }

    @Test func anIntervalOfZeroStopsTheProgram() async {
        await #expect(processExitsWith: .failure) { _ = SlotGrid(phase: .zero, interval: .zero) }
    }
}
