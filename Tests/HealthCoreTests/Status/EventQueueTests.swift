import HealthTesting
import Testing

@testable import HealthCore

/// One caller at a time delivers, in order.
@Suite struct EventQueueTests {
    private func names(_ events: [StatusEvent]) -> [String] {
        events.map { if case .suppressionEnded(let name, _) = $0 { name } else { "" } }
    }

    private func event(_ name: String) -> StatusEvent { .suppressionEnded(component: name, .dependency) }

    @Test func theFirstCallerDeliversAndTheOthersAppend() {
        var queue = EventQueue()
        let nothing = queue.append([])
        let first = queue.append([event("a"), event("b")])
        let meanwhile = queue.append([event("c")])
        #expect([nothing, first, meanwhile] == [false, true, false])
        #expect(names(queue.removeAll()) == ["a", "b", "c"])
    }

    @Test func theNextCallerDeliversOnceNothingIsLeft() {
        var queue = EventQueue()
        _ = queue.append([event("a")])
        _ = queue.removeAll()
        let meanwhile = queue.append([event("b")])
        #expect(!meanwhile && names(queue.removeAll()) == ["b"])
        #expect(queue.removeAll().isEmpty)
        let next = queue.append([event("c")])
        #expect(next && names(queue.removeAll()) == ["c"])
    }
}
