import HealthCore
import HealthTesting

/// What single steps of the core cost: `swift run -c release core-benchmarks`.
///
/// Each step is done often enough for the clock, seven times, with as many checks as a large configuration has; the median counts.
struct Stage {
    /// How many checks are registered, each in a component of its own.
    static let checks = 10_000

    let identity = ServiceIdentity(name: "orders", environment: "production", version: "1.0.0", instance: "benchmark")
    let time = ManualTime()
    let store: StatusStore
    let recorder: MetricsRecorder
    let generations: GenerationStore
    let handles: [CheckHandle]

    /// Everything has had a successful run.
    init(histograms: HistogramForms) throws {
        store = StatusStore(time: time) { _ in }
        recorder = MetricsRecorder(identity: identity, histograms: histograms)
        generations = GenerationStore(status: store, recorder: recorder)
        var registry = CheckRegistry()
        for number in 0..<Self.checks { try registry.add(.make("c\(number)")) }
        generations.apply(registry)
        handles = registry.checks.map(\.handle)
        for handle in handles {
            _ = store.publish(.make(.success), of: handle)
            recorder.record(.make(.success), of: handle)
        }
    }

    /// A page of all checks.
    func exposition() -> Exposition {
        let selection = MetricSelection(profile: .standard, histograms: .classic)
        let scrape = Scrape(of: generations.snapshot(), identity, now: time.moment, selection: selection)
        return Exposition(scrape, sources: [.target, .checks, .measurements, .components, .service])
    }
}

/// Prints how long one of `count` steps takes, the median of seven times.
func measure(_ name: String, _ count: Int, _ steps: () -> Void) {
    let clock = ContinuousClock()
    let times = (0..<7).map { _ in clock.measure(steps) }.sorted()
    let nanoseconds = times[3] / count
    let spread = Double(times[6].wholeNanoseconds) / Double(max(times[0].wholeNanoseconds, 1))
    print("\(name): \(nanoseconds.wholeNanoseconds) ns, the slowest \((spread * 10).rounded() / 10) times the fastest")
}

let stage = try Stage(histograms: .classic)
let native = try Stage(histograms: .both)

var agenda = Agenda()
for (number, handle) in stage.handles.enumerated() {
    let grid = SlotGrid(phase: .zero.advanced(by: .milliseconds(number)), interval: .seconds(10))
    agenda.add(handle, grid: grid, timeout: .seconds(1), first: grid.next(after: .zero))
}
var now = Moment.zero
measure("a slot that is due, run and finished", Stage.checks) {
    for _ in 0..<Stage.checks {
        now = agenda.earliest ?? now
        for decision in agenda.advance(to: now) {
            if case .start(let handle, _) = decision { agenda.finished(handle) }
        }
    }
}
measure("a result in the statuses", Stage.checks) {
    for handle in stage.handles { _ = stage.store.publish(.make(.success), of: handle) }
}
measure("a result in the counts", Stage.checks) {
    for handle in stage.handles { stage.recorder.record(.make(.success), of: handle) }
}
measure("a result in the counts, native histograms, too", Stage.checks) {
    for handle in native.handles { native.recorder.record(.make(.success), of: handle) }
}
measure("a verdict for a probe", 1_000_000) {
    for _ in 0..<1_000_000 { _ = stage.store.verdict() }
}

let page = stage.exposition().render(with: TextEncoder(.prometheus)) { $0 }
let series = Exposition.seriesCount(page.bytes)
measure("a series of a page, rendered", series) {
    _ = stage.exposition().render(with: TextEncoder(.prometheus)) { $0.count }
}
measure("a series of a page that did not change", series) {
    _ = stage.exposition().render(with: TextEncoder(.prometheus), after: page) { $0 }
}
