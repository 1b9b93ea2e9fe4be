import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// What an open page is told.
struct LivePageTests {
    private let sample: HealthSample
    private let live = LivePage(started: .newYear2026)

    init() throws {
        sample = try HealthSample()
    }

    private func snapshot() -> PageSnapshot {
        let known = sample.pipeline.generations.snapshot()
        return PageSnapshot(
            identity: HealthSample.identity,
            health: known.health,
            metrics: known.metrics,
            history: sample.history.components(),
            now: sample.time.moment,
            timestamp: sample.time.timestamp
        )
    }

    @discardableResult
    private func update(isExact: Bool = false, exporter: [String] = []) -> String {
        live.update(snapshot(), step: .hours, exporter: exporter, isExact: isExact).sequence
    }

    private func changes(since sequence: String) -> LivePage.Changes.Parts? {
        live.changes(since: sequence, step: .hours).parts
    }

    private func publish(_ kind: ResultKind, _ check: String) {
        sample.time.advance(by: .seconds(1))
        _ = sample.pipeline.publish(.make(kind, at: sample.time.moment), of: sample.handle(check))
    }

    @Test func whatDoesNotChangeHasNoNewSequence() {
        let first = update(isExact: true)
        #expect(update() == first && update(isExact: true) == first)
        #expect(changes(since: first)?.isEmpty == true)
    }

    @Test func onlyTheRowsThatChangedAreSent() {
        let first = update(isExact: true)
        publish(.failure, "feed/first")
        update()
        let parts = changes(since: first)
        #expect(parts?.rows.map(\.name) == ["feed"] && parts?.groups.isEmpty == true && parts?.service != nil)
        #expect(changes(since: live.changes(since: first, step: .hours).sequence)?.isEmpty == true)
    }

    @Test func aPageThatWasAwayGetsAllThatChangedSince() {
        let first = update(isExact: true)
        publish(.failure, "feed/first")
        let second = update()
        publish(.failure, "cache-b/ping")
        update()
        #expect(changes(since: first)?.rows.map(\.name) == ["cache-b", "feed"])
        #expect(changes(since: second)?.rows.map(\.name) == ["cache-b"])
        #expect(changes(since: second)?.groups.map(\.status) == [.unhealthy])
    }

    @Test func whatRunsMeasureIsSentSeldom() {
        let first = update(isExact: true)
        for _ in 0..<20 {
            sample.time.advance(by: .milliseconds(10))
            let slow = RunResult.make(.success, duration: .milliseconds(1900), at: sample.time.moment)
            _ = sample.pipeline.publish(slow, of: sample.handle("orders-db/replica"))
        }
        update()
        #expect(changes(since: first)?.isEmpty == true)
        for _ in 0..<LivePage.measuredPeriod(of: 12) {
            sample.time.advance(by: .seconds(1))
            update()
        }
        #expect(changes(since: first)?.rows.map(\.name) == ["orders-db"])
    }

    @Test(arguments: [(0, Int64(5)), (11, 5), (100, 6), (1000, 60), (10_000, 60)])
    func theMoreRowsThereAreTheRarerEachIsCompared(components: Int, seconds: Int64) {
        #expect(LivePage.measuredPeriod(of: components) == seconds)
    }

    @Test func aPageThatIsLoadedSaysNothingNewToOthersWhileItIsNearlyTheSame() {
        let first = update(isExact: true)
        for _ in 0..<5 { publish(.success, "orders-db/replica") }
        #expect(update(isExact: true) == first)
        publish(.failure, "orders-db/primary")
        update(isExact: true)
        #expect(changes(since: first)?.rows.map(\.name) == ["orders-db"])
    }

    @Test(arguments: ["", "other.1", "1", "zzz", ".", "1.2.3", "-", String(repeating: "9", count: 64)])
    func aSequenceOfAnotherProcessMeansANewPage(sequence: String) {
        update()
        #expect(changes(since: sequence).map { _ in true } == nil)
    }

    @Test func aSequenceThatIsNotThereYetMeansANewPage() {
        let now = update()
        let boot = now.prefix { $0 != "." }
        #expect(changes(since: "\(boot).1000").map { _ in true } == nil)
        for wrong in ["x", ""] { #expect(changes(since: "\(boot).\(wrong)").map { _ in true } == nil) }
    }

    @Test func aComponentThatIsGoneIsRemoved() throws {
        let first = update(isExact: true)
        let rest = try sample.registry.removing("feed")
        sample.pipeline.apply(rest)
        update()
        // The registry without it has no groups either: members stand on their own then.
        #expect(changes(since: first).map { _ in true } == nil)
        let second = update()
        sample.pipeline.apply(try rest.removing("plugin"))
        update()
        #expect(changes(since: second)?.removed == ["plugin"])
        #expect(changes(since: update())?.removed.isEmpty == true)
    }

    @Test func eachHistoryHasRowsOfItsOwn() {
        let hours = live.update(snapshot(), step: .hours, exporter: [], isExact: true)
        let days = live.update(snapshot(), step: .days, exporter: [], isExact: true)
        #expect(hours.rows.first?.measured.bar.slots.count == 48)
        #expect(days.rows.first?.measured.bar.slots.count == 90)
        #expect(live.changes(since: hours.sequence, step: .runs).parts.map { _ in true } == nil)
    }

    @Test func aSequenceHoldsForOneHistoryOnly() {
        let hours = live.update(snapshot(), step: .hours, exporter: [], isExact: true)
        _ = live.update(snapshot(), step: .days, exporter: [], isExact: true)
        #expect(live.changes(since: hours.sequence, step: .hours).parts?.isEmpty == true)
        #expect(live.changes(since: hours.sequence, step: .days).parts.map { _ in true } == nil)
    }

    @Test func whatIsMeasuredComesInTurnEvenWhenPagesAreSeldomCompared() {
        let first = update(isExact: true)
        for _ in 0..<20 {
            let slow = RunResult.make(.success, duration: .milliseconds(1900), at: sample.time.moment)
            _ = sample.pipeline.publish(slow, of: sample.handle("orders-db/replica"))
        }
        sample.time.advance(by: .seconds(60))
        update()
        #expect(changes(since: first)?.rows.map(\.name) == ["orders-db"])
    }
}
