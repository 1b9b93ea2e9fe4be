import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// The begin of a shutdown, from which drain and grace count.
struct ShutdownTests {
    @Test func aShutdownBeginsOnce() {
        let (simulation, logs) = (Simulation(), LogRecorder())
        let timeline = simulation.timeline()
        let store = StatusStore(time: timeline) { _ in }
        let shutdown = Shutdown(store: store, time: timeline, logger: logs.logger())
        #expect(shutdown.beganAt(orNow: .seconds(7)) == .seconds(7) && !store.isShuttingDown)
        shutdown.begin()
        simulation.clock.jump(by: .seconds(2))
        shutdown.begin()
        #expect(shutdown.beganAt(orNow: .seconds(7)) == .zero && store.isShuttingDown)
        #expect(logs.events == ["exporter.draining"])
        #expect(logs.lines.first?.message == "The exporter drains and then stops.")
    }
}
