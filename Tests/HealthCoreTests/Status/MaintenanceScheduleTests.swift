import HealthTesting
import Testing

@testable import HealthCore

/// Which windows are active, and when that may change.
@Suite struct MaintenanceScheduleTests {
    private func timestamp(_ second: Double) -> Timestamp { .newYear2026.advanced(by: .seconds(second)) }

    private func schedule(
        _ windows: (components: [String]?, from: Double, until: Double)...
    ) throws
        -> MaintenanceSchedule
    {
        let registry = try CheckRegistry.make(.make("a"), .make("b"))
        let registered = windows.map {
            MaintenanceWindow(
                components: $0.components,
                time: .once(from: timestamp($0.from), until: timestamp($0.until))
            )
        }
        return MaintenanceSchedule(registered, in: Hierarchy(registry))
    }

    @Test(
        arguments: [
            (0, [false, false]), (10, [true, false]), (15, [true, true]), (20, [false, true]), (30, [false, false]),
        ] as [(Double, [Bool])]
    )
    func coversWhatItsWindowsName(second: Double, covered: [Bool]) throws {
        var schedule = try schedule((["a"], 10, 20), (["b"], 15, 30))
        schedule.update(at: timestamp(second))
        #expect((0..<2).map { schedule.covers(ComponentIndex(position: $0)) } == covered)
    }

    @Test func aWindowWithoutComponentsCoversEveryOne() throws {
        var schedule = try schedule((nil, 0, 10))
        schedule.update(at: timestamp(5))
        #expect((0..<2).allSatisfy { schedule.covers(ComponentIndex(position: $0)) })
    }

    @Test func isDueWhenAWindowMayBeginOrEndAndWhenTheClockIsSetBack() throws {
        var schedule = try schedule((["a"], 10, 20), (["b"], 15, 30))
        schedule.update(at: timestamp(16))
        #expect([14.9, 15, 19.9, 20].map { schedule.isDue(at: timestamp($0)) } == [true, false, false, true])
        #expect(!MaintenanceSchedule().isDue(at: timestamp(0)))
    }
}
