import Dispatch
import HealthCore
import NIOCore
import Synchronization
import Testing

@testable import HealthExporter

/// Who is told what, and when.
struct LiveFeedTests {
    /// A source of changes that a test moves on, and pages that keep what they get.
    private final class Stage: Sendable {
        struct State {
            var sequence = 1
            var update = Array("{}".utf8)
            var asked: [Set<LiveSubscription>] = []
            var sent: [String: [String]] = [:]
            var done: [@Sendable () -> Void] = []
        }

        let state = Mutex(State())
        let thread = PageThread()

        func feed() -> LiveFeed {
            LiveFeed(thread: thread) { [self] subscriptions in
                state.withLock { state in
                    state.asked.append(subscriptions)
                    let now = "b.\(state.sequence)"
                    let behind = subscriptions.filter { $0.sequence != now }
                    let message = ChangesMessage(sequence: now, update: state.update)
                    return Dictionary(uniqueKeysWithValues: behind.map { ($0, message) })
                }
            }
        }

        func reader(_ name: String, since sequence: String, isSlow: Bool = false) -> LiveFeed.Reader {
            LiveFeed.Reader(subscription: LiveSubscription(sequence: sequence, history: .hours)) { event, done in
                self.state.withLock { state in
                    state.sent[name, default: []].append(String(buffer: event))
                    if isSlow { state.done.append(done) }
                }
                if !isSlow { done() }
            }
        }

        /// Lets all that was submitted be done.
        func wait() {
            let done = DispatchSemaphore(value: 0)
            thread.submit { done.signal() }
            done.wait()
        }

        func moveOn() { state.withLock { $0.sequence += 1 } }

        func letSlowOnesRead() {
            let done = state.withLock { state in
                defer { state.done = [] }
                return state.done
            }
            for read in done { read() }
        }

        func sent(_ name: String) -> Int { state.withLock { $0.sent[name]?.count ?? 0 } }
    }

    @Test func aPageIsToldAtOnceWhatItDoesNotKnowAndThenWhatChanges() {
        let stage = Stage()
        let feed = stage.feed()
        _ = feed.add(stage.reader("a", since: "b.0"))
        stage.wait()
        #expect(stage.state.withLock { $0.sent["a"] } == ["event: update\nid: b.1\ndata: {}\n\n"])
        for _ in 0..<3 {
            feed.compare()
            stage.wait()
        }
        #expect(stage.sent("a") == 1)
        stage.moveOn()
        feed.compare()
        stage.wait()
        #expect(stage.sent("a") == 2)
    }

    @Test func pagesThatKnowTheSameAreComparedOnce() {
        let stage = Stage()
        let feed = stage.feed()
        for number in 0..<200 { _ = feed.add(stage.reader("\(number)", since: "b.1")) }
        stage.wait()
        stage.moveOn()
        feed.compare()
        stage.wait()
        #expect(stage.state.withLock { $0.asked.allSatisfy { $0.count == 1 } })
        #expect((0..<200).allSatisfy { stage.sent("\($0)") == 1 })
    }

    @Test func aPageThatReadsSlowlyIsLeftOutUntilItHasRead() {
        let stage = Stage()
        let feed = stage.feed()
        _ = feed.add(stage.reader("slow", since: "b.0", isSlow: true))
        stage.wait()
        for _ in 0..<3 {
            stage.moveOn()
            feed.compare()
            stage.wait()
        }
        #expect(stage.sent("slow") == 1)
        stage.letSlowOnesRead()
        feed.compare()
        stage.wait()
        #expect(stage.sent("slow") == 2)
    }

    @Test func nothingIsComparedWithoutPages() throws {
        let stage = Stage()
        let feed = stage.feed()
        let id = try #require(feed.add(stage.reader("a", since: "b.1")))
        stage.wait()
        feed.remove(id)
        #expect(feed.readerCount == 0)
        let before = stage.state.withLock { $0.asked.count }
        feed.compare()
        stage.wait()
        #expect(stage.state.withLock { $0.asked.count } == before)
    }

    @Test func onlySoManyPagesAreOpen() {
        let stage = Stage()
        let feed = stage.feed()
        for number in 0..<LiveFeed.maximumReaders { #expect(feed.add(stage.reader("\(number)", since: "b.1")) != nil) }
        #expect(feed.add(stage.reader("more", since: "b.1")) == nil)
    }

    @Test func onlySoManyDifferentSequencesAreServedInATurnAndAllInTheNextOnes() {
        let stage = Stage()
        let feed = stage.feed()
        let count = LiveFeed.maximumSubscriptions * 2
        // No page is read before all are open.
        let gate = DispatchSemaphore(value: 0)
        stage.thread.submit { gate.wait() }
        for number in 0..<count { _ = feed.add(stage.reader("\(number)", since: "a.\(number)")) }
        gate.signal()
        stage.wait()
        #expect((0..<count).count { stage.sent("\($0)") == 1 } == count / 2)
        // Those that were served have one sequence together, which has a place, too.
        for _ in 0..<2 {
            feed.compare()
            stage.wait()
        }
        #expect((0..<count).allSatisfy { stage.sent("\($0)") == 1 })
    }

    @Test func whoReadsSlowlyGetsNoMoreThanSoManyBytes() {
        let stage = Stage()
        stage.state.withLock { $0.update = Array(repeating: 32, count: ChangesMessage.maximumUpdate) }
        let feed = stage.feed()
        for number in 0..<100 { _ = feed.add(stage.reader("\(number)", since: "a.\(number)", isSlow: true)) }
        for _ in 0..<10 {
            feed.compare()
            stage.wait()
        }
        let sent = stage.state.withLock { $0.sent.values.flatMap { $0 } }
        let large = sent.filter { $0.hasPrefix("event: update") }
        #expect(sent.count == 100)
        #expect((50..<64).contains(large.count), "\(large.count) of \(ChangesMessage.maximumUpdate) bytes")
        #expect(sent.filter { $0.hasPrefix("event: reset") }.count == 100 - large.count)
    }

    @Test func anUpdateThatIsTooLargeIsAReset() {
        let large = ChangesMessage(
            sequence: "b.2",
            update: Array(repeating: 32, count: ChangesMessage.maximumUpdate + 1)
        )
        #expect(String(buffer: large.event) == "event: reset\nid: b.2\ndata: {\"sequence\":\"b.2\",\"reset\":true}\n\n")
        let fits = ChangesMessage(sequence: "b.2", update: Array(repeating: 32, count: ChangesMessage.maximumUpdate))
        #expect(fits.body.count == ChangesMessage.maximumUpdate)
    }
}
