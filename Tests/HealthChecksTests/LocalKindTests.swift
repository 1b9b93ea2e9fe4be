import Foundation
import HealthCore
import Platform
import Testing

@testable import HealthChecks

/// The kinds that look at the machine and the process.
struct LocalKindTests {
    /// A root with files of a kernel.
    private final class Root {
        let url = FileManager.default.temporaryDirectory.appending(path: "kernel-\(UUID().uuidString)")

        init(_ files: [String: String]) throws {
            for (path, text) in files {
                let file = url.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(text.utf8).write(to: file)
            }
        }

        deinit {
            try? FileManager.default.removeItem(at: url)
        }
    }

    private static let machine = ["proc/meminfo": "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n"]

    @Test(
        arguments: [
            ([:], 768_000, 1_024_000, nil),
            (["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n"], 768_000, 1_024_000, nil),
            (
                [
                    "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "500000\n",
                    "sys/fs/cgroup/a/b/memory.current": "300000\n",
                    "sys/fs/cgroup/a/b/memory.stat": "anon 1\ninactive_file 100000\n",
                    "sys/fs/cgroup/a/b/memory.pressure":
                        "some avg10=0.00 avg60=99.90 avg300=0.00 total=1\nfull avg10=0 avg60=9\n",
                ], 200_000, 500_000, 0.999
            ),
            (
                [
                    "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "900000\n",
                    "sys/fs/cgroup/a/b/memory.current": "100000\n", "sys/fs/cgroup/a/memory.max": "400000\n",
                    "sys/fs/cgroup/a/memory.current": "390000\n",
                ], 390_000, 400_000, nil
            ),
            (
                [
                    "proc/self/cgroup": "0::/host/path\n", "sys/fs/cgroup/memory.max": "500000\n",
                    "sys/fs/cgroup/memory.current": "50000\n",
                    "proc/pressure/memory": "some avg10=0 avg60=1.00 avg300=0 total=1\n",
                ], 50_000, 500_000, 0.01
            ),
            (
                [
                    "proc/self/cgroup": "5:cpu:/x\n9:memory,foo:/x\n",
                    "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "600000\n",
                    "sys/fs/cgroup/memory/x/memory.usage_in_bytes": "500000\n",
                    "sys/fs/cgroup/memory/x/memory.stat": "inactive_file 1\ntotal_inactive_file 200000\n",
                ], 300_000, 600_000, nil
            ),
            (
                [
                    "proc/self/cgroup": "9:memory:/x\n",
                    "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n",
                    "sys/fs/cgroup/memory/x/memory.usage_in_bytes": "500000\n",
                ], 768_000, 1_024_000, nil
            ),
        ] as [([String: String], Double, Double, Double?)]
    )
    func memoryIsThatOfTheTightestLimit(files: [String: String], used: Double, limit: Double, pressure: Double?) throws
    {
        let root = try Root(Self.machine.merging(files) { $1 })
        let usage = try #require(MemoryUsage.read(root: root.url.path))
        #expect(usage == MemoryUsage(used: used, limit: limit, pressure: pressure))
    }

    @Test func aKernelThatTellsNothingIsNoMemory() throws {
        #expect(MemoryUsage.read(root: try Root(["proc/meminfo": "MemTotal: x\n"]).url.path) == nil)
    }

    @Test func memoryIsJudgedByItsWorstThreshold() {
        var settings = MemorySettings()
        settings.used = ThresholdPair(degraded: 0.8, unhealthy: 0.9)
        settings.pressure = ThresholdPair(degraded: nil, unhealthy: 0.5)
        let check = MemoryCheck(settings: settings, reportsPressure: true, pool: BlockingPool(threads: 1))
        func verdict(_ used: Double, _ pressure: Double?) -> CheckReport.Verdict {
            check.report(MemoryUsage(used: used, limit: 100, pressure: pressure)).verdict
        }
        #expect(verdict(10, 0.1) == .success && verdict(80, nil) == .degraded(.threshold))
        #expect(verdict(90, 0.1) == .failure(.threshold) && verdict(10, 0.5) == .failure(.threshold))
    }

    @Test func aDiskIsJudgedByItsWorstThreshold() throws {
        var settings = DiskSettings()
        settings.freeBytes = ThresholdPair(degraded: 1000, unhealthy: 100, lowIsBad: true)
        settings.inodesUsed = ThresholdPair(degraded: 0.5, unhealthy: nil)
        let check = DiskCheck(settings: settings, pool: BlockingPool(threads: 1))
        func verdict(_ used: Double, _ free: Double, _ inodes: Double?) -> CheckReport.Verdict {
            check.evaluate(.init(size: 1e6, available: free, usedRatio: used, inodesUsedRatio: inodes))
        }
        #expect(verdict(0.1, 1e6, nil) == .success && verdict(0.8, 1e6, nil) == .degraded(.threshold))
        #expect(verdict(0.1, 100, nil) == .failure(.threshold) && verdict(0.1, 1e6, 0.5) == .degraded(.threshold))
    }

    @Test(
        arguments: [(1.9, 1), (-1.9, -1), (1e300, .max), (-1e300, .min), (.nan, 0), (.infinity, .max)]
            as [(Double, Int)]
    )
    func numbersBeyondAnIntegerAreCutOff(number: Double, expected: Int) {
        #expect(Int(saturating: number) == expected)
    }

    @Test func aMissingPathIsMissing() async throws {
        let check = try #require(KindRun.make("disk", [("path", .text("/no/such/path"))]).check)
        let result = try #require(await KindRun.run(check))
        #expect(result.kind == .failure && result.reason == .missing)
    }

    @Test func theEnvironmentHasToBeThereAndNotEmpty() async throws {
        let root = try Root(["full": "x", "empty": ""])
        let resources = KindRun.resources(environment: ["SET": "x", "EMPTY": ""])
        func missing(_ names: [String], _ files: [String]) async throws -> (FailureReason?, Double?) {
            func list(_ texts: [String]) -> SettingNode { .list(texts.map { .text($0) }, .init(line: 1, column: 1)) }
            let paths = files.map { root.url.appending(path: $0).path }
            let check = try #require(
                KindRun.make("environment", [("required", list(names)), ("files", list(paths))], resources).check
            )
            let result = try #require(await KindRun.run(check))
            return (result.reason, result.measured.first?.value)
        }
        #expect(try await missing(["SET"], ["full"]) == (nil, 0))
        #expect(try await missing(["SET", "EMPTY", "UNSET"], ["full", "empty", "none"]) == (.missing, 4))
        // A pipe without a writer is not waited for.
        let made = unsafe mkfifo(root.url.appending(path: "pipe").path, 0o600)
        try #require(made == 0)
        #expect(try await missing([], ["full", "pipe"]) == (.missing, 1))
    }

    @Test(arguments: [("disk", "path", "/"), ("memory", nil, ""), ("runtime", nil, "")] as [(String, String?, String)])
    func aRealRunMeasuresWhatTheKindDeclares(kind: String, key: String?, value: String) async throws {
        let check = try #require(KindRun.make(kind, key.map { [($0, .text(value))] } ?? []).check)
        let result = try #require(await KindRun.run(check))
        #expect(result.kind != .failure, "\(result.message)")
        #expect(result.measured.map(\.measurement) == check.measurements)
        #expect(result.measured.allSatisfy { $0.value >= 0 && $0.value.isFinite })
    }

    @Test func theRuntimeIsJudgedByItsWorstThreshold() {
        var settings = RuntimeSettings()
        settings.eventLoopLag = ThresholdPair(degraded: .milliseconds(100), unhealthy: .seconds(1))
        settings.blockingPoolBusy = ThresholdPair(degraded: 0.8, unhealthy: nil)
        settings.openFiles = ThresholdPair(degraded: nil, unhealthy: 0.9)
        let check = RuntimeCheck(settings: settings, resources: KindRun.resources())
        func verdict(_ lag: Duration, _ busy: Double, _ open: Double?) -> CheckReport.Verdict {
            check.report(
                .init(eventLoopLag: lag, cooperativePoolLag: .seconds(9), blockingPoolBusy: busy, openFiles: open)
            ).verdict
        }
        #expect(verdict(.zero, 0, nil) == .success && verdict(.milliseconds(100), 0, 0.1) == .degraded(.threshold))
        #expect(
            verdict(.zero, 0.8, 0.95) == .failure(.threshold) && verdict(.seconds(1), 0, nil) == .failure(.threshold)
        )
    }
}
