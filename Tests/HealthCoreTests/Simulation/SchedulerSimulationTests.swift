import HealthCore
import HealthTesting
import Synchronization
import Testing

/// The scheduler and the status keep their promises whatever checks, operators and clocks do.
///
/// `SIMULATION_SEEDS` says how many seeds are tried, 200 unless told; `SIMULATION_SEED` names a single one. CI tries 10,000 in
/// a release build.
@Suite struct SchedulerSimulationTests {
    fileprivate struct Summary: Sendable {
        var coverage = Coverage()
        var starts = 0
        var failures: [(seed: UInt64, violations: [String])] = []
    }

    @Test(.timeLimit(.minutes(20)))
    func keepsEveryPromiseUnderRandomLoad() async throws {
        let seeds = try Self.seeds()
        let summary = try await Self.simulate(seeds)
        for failure in summary.failures.sorted(by: { $0.seed < $1.seed }).prefix(5) {
            let command =
                "SIMULATION_SEED=\(failure.seed) CORE_ONLY=1 swift test --scratch-path .build/core "
                + "--filter SchedulerSimulation"
            Issue.record("seed \(failure.seed): \(failure.violations.joined(separator: "\n"))\nrerun with: \(command)")
        }
        #expect(summary.failures.isEmpty, "\(summary.failures.count) of \(seeds.count) seeds failed")
        print(summary.covered(by: seeds.count))
        if seeds.count >= 1000 {
            for rarity in Rarity.allCases {
                #expect(summary.coverage.counts[rarity] != nil, "over all seeds this never happened: \(rarity)")
            }
        }
    }

    private static func simulate(_ seeds: [UInt64]) async throws -> Summary {
        try await withThrowingTaskGroup(of: Summary.self) { group in
            let lanes = 4
            for lane in 0..<lanes {
                let share = seeds.enumerated().filter { $0.offset % lanes == lane }.map(\.element)
                group.addTask { try await Self.simulate(inTurn: share) }
            }
            return try await group.reduce(into: Summary()) { $0.add($1) }
        }
    }

    @concurrent private static func simulate(inTurn seeds: [UInt64]) async throws -> Summary {
        var summary = Summary()
        for seed in seeds {
            var simulation = SchedulerSimulation(seed: seed)
            try simulation.run()
            summary.add(simulation.referee, seed: seed)
            // A seed needs some milliseconds of a thread that other tests wait for.
            await Task.yield()
        }
        return summary
    }

    private static func seeds() throws -> [UInt64] {
        if let text = Environment["SIMULATION_SEED"] {
            return [try #require(UInt64(text), "SIMULATION_SEED is a number")]
        }
        guard let text = Environment["SIMULATION_SEEDS"] else { return Array(1...200) }
        return Array(1...(try #require(UInt64(text), "SIMULATION_SEEDS is a number")))
    }
}

extension SchedulerSimulationTests.Summary {
    fileprivate mutating func add(_ referee: SimulationReferee, seed: UInt64) {
        coverage.add(referee.coverage)
        coverage.add(referee.world.coverage)
        starts += referee.files.values.reduce(0) { $0 + $1.starts }
        if !referee.violations.isEmpty { failures.append((seed, referee.violations)) }
    }

    fileprivate mutating func add(_ other: Self) {
        coverage.add(other.coverage)
        starts += other.starts
        failures += other.failures
    }

    /// What happened how often, for people.
    fileprivate func covered(by seeds: Int) -> String {
        let events = Rarity.allCases.map { "\($0) \(coverage.counts[$0] ?? 0)" }
        return "simulation: \(seeds) seeds, \(starts) runs; " + events.joined(separator: ", ")
    }
}
