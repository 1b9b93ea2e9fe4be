import HealthTesting
import Testing

@testable import HealthCore

/// What may change by time alone, earliest first.
@Suite struct ExpiryQueueTests {
    @Test func returnsWhatIsDueInTheOrderOfTime() {
        var queue = ExpiryQueue<String>()
        for (name, second) in [("c", 3.0), ("a", 1), ("d", 4), ("b", 2)] { queue.insert(name, at: .seconds(second)) }
        #expect(queue.next == .seconds(1))
        var due: [String] = []
        while let name = queue.popFirst(before: .seconds(3)) { due.append(name) }
        #expect(due == ["a", "b"])
        #expect(queue.next == .seconds(3))
    }

    @Test func theSameSubjectMayBeQueuedTwice() {
        var queue = ExpiryQueue<String>()
        queue.insert("a", at: .seconds(2))
        queue.insert("a", at: .seconds(1))
        let due = [queue.popFirst(before: .seconds(9)), queue.popFirst(before: .seconds(9))]
        #expect(due == ["a", "a"] && queue.next == nil)
    }

    @Test func forgetsEverything() {
        var queue = ExpiryQueue<String>()
        queue.insert("a", at: .zero)
        queue.removeAll()
        let due = queue.popFirst(before: .distantFuture)
        #expect(due == nil && queue.next == nil)
    }

    @Test(
        arguments: [
            (nil, nil, nil), (.seconds(1), nil, .seconds(1)), (nil, .seconds(1), .seconds(1)),
            (.seconds(2), .seconds(1), .seconds(1)), (.seconds(1), .seconds(2), .seconds(1)),
        ] as [(Moment?, Moment?, Moment?)]
    )
    func theEarlierOfTwoMoments(first: Moment?, second: Moment?, earlier: Moment?) {
        #expect(Moment.earlier(first, second) == earlier)
    }
}
