import HealthCore
import HealthTesting
import Testing

/// A page takes what did not change from the page before, and is the same as one that was rendered from the start.
struct SharedPartsTests {
    /// A service to which something happens.
    private struct Stage {
        let identity = ServiceIdentity(name: "orders", environment: "e", version: "v", instance: "i")
        let time = ManualTime()
        let store: StatusStore
        let recorder: MetricsRecorder
        let generations: GenerationStore
        var registry: CheckRegistry
        var generator: SeededGenerator

        static let gauge = Measurement(name: "health_test_size_bytes", help: "A size.")

        init(seed: UInt64, components: Int) throws {
            generator = SeededGenerator(seed: seed)
            store = StatusStore(time: time) { _ in }
            recorder = MetricsRecorder(identity: identity, histograms: .both)
            generations = GenerationStore(status: store, recorder: recorder)
            registry = try Self.registry(0..<components)
            generations.apply(registry)
        }

        static func registry(_ numbers: Range<Int>) throws -> CheckRegistry {
            var registry = CheckRegistry()
            for number in numbers {
                let check = ScriptedCheck(measurements: [gauge], connects: number % 2 == 0)
                let checks = [
                    Registration(
                        id: CheckID(component: "c\(number)", check: "a"),
                        kind: "scripted",
                        check: check,
                        schedule: Schedule(interval: .seconds(10), timeout: .seconds(2)),
                        degradedAbove: .milliseconds(500),
                        breaker: number % 3 == 0 ? CircuitBreakerSettings(failures: 3) : nil
                    ),
                    .make("c\(number)/b"),
                ]
                let dependencies = number > numbers.lowerBound && number % 5 == 4 ? ["c\(number - 1)"] : []
                try registry.add(.make("c\(number)", checks: checks).with(dependencies: dependencies))
            }
            return registry
        }

        func exposition(_ profile: MetricProfile) -> Exposition {
            let selection = MetricSelection(profile: profile, histograms: .both)
            let scrape = Scrape(of: generations.snapshot(), identity, now: time.moment, selection: selection)
            return Exposition(
                scrape,
                sources: [.target, .checks, .measurements, .components, .service, .schedule { ScheduleActivity() }]
            )
        }

        /// One thing that can change a page.
        mutating func change() throws {
            let all = registry.checks.map(\.handle)
            let handle = all[Int.random(in: all.indices, using: &generator)]
            let component = registry.components[Int.random(in: registry.components.indices, using: &generator)]
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: time.advance(to: time.moment.advanced(by: .seconds(Int.random(in: 1...40, using: &generator))))
            case 1: recorder.record(.overlap, of: handle, at: time.moment)
            case 2: recorder.recordCircuit(.open, of: handle)
            case 3: recorder.recordStart(delay: .milliseconds(3))
            case 4:
                let report = PendingReport(message: "", measured: [.init(Self.gauge, 5)], moment: time.moment)
                store.record(report, of: handle)
                recorder.record(report, of: handle)
            case 5:
                _ = store.startDrill(
                    of: component.registration.name,
                    as: .unhealthy,
                    for: .seconds(60),
                    affectsReadiness: true,
                    reason: "x",
                    by: "y"
                )
            case 6: _ = store.endDrill(of: component.registration.name)
            default:
                let kind = ResultKind.allCases[Int.random(in: ResultKind.allCases.indices, using: &generator)]
                let size = Double.random(in: 0...1, using: &generator)
                var result = RunResult.make(kind, at: time.moment, measured: [.init(Self.gauge, size)])
                result.phases = PhaseDurations()
                _ = store.publish(result, of: handle)
                recorder.record(result, of: handle)
            }
            _ = store.expire()
        }
    }

    @Test(arguments: [MetricProfile.standard, .full], 0..<3)
    func aPageIsTheSameWithAndWithoutTheOneBefore(profile: MetricProfile, seed: UInt64) throws {
        var stage = try Stage(seed: seed, components: 70)
        var last: RenderedPage<[UInt8]>?
        for round in 0..<15 {
            for _ in 0..<Int.random(in: 0...3, using: &stage.generator) { try stage.change() }
            if round % 5 == 4 {
                // The next registry has other components in the same places.
                stage.registry = try Stage.registry(round..<(round + 70))
                stage.generations.apply(stage.registry)
            }
            let encoder = TextEncoder(.openMetrics, histograms: .both)
            let exposition = stage.exposition(profile)
            let page = exposition.render(with: encoder, after: last) { $0 }
            #expect(page.bytes == exposition.text(.openMetrics), "seed \(seed), round \(round)")
            last = page
        }
    }

    @Test func whatDidNotChangeIsNotRenderedAgain() throws {
        let stage = try Stage(seed: 1, components: 200)
        func rendered(after last: RenderedPage<Int>?) -> (page: RenderedPage<Int>, count: Int) {
            var count = 0
            let page = stage.exposition(.standard).render(with: TextEncoder(.prometheus), after: last) { bytes in
                count += 1
                return bytes.count
            }
            return (page, count)
        }
        let first = rendered(after: nil)
        let second = rendered(after: first.page)
        // Success ratios and measurements follow from time; the rest is the service's own.
        #expect(second.count * 5 < first.count, "\(second.count) of \(first.count) parts")
        let handle = try #require(stage.registry.checks.first?.handle)
        stage.recorder.record(.make(.success), of: handle)
        let third = rendered(after: second.page)
        #expect(third.count > second.count && third.count * 4 < first.count, "\(third.count) of \(first.count) parts")
    }
}
