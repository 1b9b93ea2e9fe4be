import HealthCore
import HealthTesting
import Testing

/// The agenda under random events: no slot is lost, no place is given twice.
@Suite struct RandomAgendaTests {
    @Test(arguments: 1...200)
    func everySlotIsStartedSkippedOrWaiting(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limits = Agenda.Limits(
            runsInFlight: Int.random(in: 1...4, using: &random),
            runsOverdue: Int.random(in: 0...3, using: &random)
        )
        var (agenda, now) = (Agenda(limits: limits), Moment.zero)
        var (running, overdue): (Set<Int>, Set<Int>) = ([], [])
        var (passed, settled): ([Int: Int], [Int: Int]) = ([:], [:])
        for number in 0..<8 {
            let grid = SlotGrid(phase: .milliseconds(number * 7), interval: random.milliseconds(50...900))
            agenda.add(CheckHandle(number: number), grid: grid, timeout: .microseconds(1), first: grid.phase)
        }
        for step in 0..<500 {
            now = now.advanced(by: random.milliseconds(0...200))
            for number in 0..<8 {
                if let due = agenda.nextDue(CheckHandle(number: number)), due <= now { passed[number, default: 0] += 1 }
            }
            for decision in agenda.advance(to: now) {
                switch decision {
                case .start(let handle, let slot):
                    #expect(slot <= now)
                    #expect(running.insert(handle.number).inserted, "two runs at once")
                    settled[handle.number, default: 0] += 1
                case .skip(let handle, let slot, let reason, let isOverdue):
                    #expect(slot <= now)
                    #expect((reason == .overlap) == running.contains(handle.number))
                    #expect(isOverdue == overdue.contains(handle.number))
                    settled[handle.number, default: 0] += 1
                }
            }
            let taken = running.count - min(overdue.count, limits.runsOverdue)
            for number in 0..<8 {
                let waiting = (passed[number] ?? 0) - (settled[number] ?? 0)
                #expect((0...1).contains(waiting), "seed \(seed), step \(step): \(waiting) slots of \(number) are open")
                #expect(
                    waiting == 0 || taken >= limits.runsInFlight,
                    "seed \(seed), step \(step): waits beside a place"
                )
            }
            #expect(agenda.runsOverdue == overdue.count)
            #expect(agenda.runsInFlight == running.count - overdue.count)
            shake(&agenda, &running, &overdue, now, &random)
        }
        #expect(settled.count == 8)
    }

    /// Lets some runs go overdue, be published or return.
    private func shake(
        _ agenda: inout Agenda,
        _ running: inout Set<Int>,
        _ overdue: inout Set<Int>,
        _ now: Moment,
        _ random: inout SeededGenerator
    ) {
        for number in running.sorted() {
            let handle = CheckHandle(number: number)
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                agenda.overdue(handle)
                overdue.insert(number)
            case 1, 2:
                agenda.published(handle, at: now, confirmIn: random.oneIn(2) ? random.milliseconds(1...50) : nil)
                agenda.finished(handle)
                running.remove(number)
                overdue.remove(number)
            default: break
            }
        }
    }
}
