import HealthChecks
import HealthCore
import HealthTesting
import NIOPosix
import Testing

import struct Foundation.Data
import class Foundation.FileManager
import struct Foundation.UUID

@testable import HealthExporter

/// What a program registers in code is checked like what stands in the file.
struct ProgramRegistrationTests {
    private struct MeasuringCheck: HealthCheck {
        var measurements: [Measurement]

        func run(_ context: RunContext) async throws -> CheckReport { CheckReport(.success, "") }
    }

    private static func component(
        _ name: String = "orders",
        check: String = "depth",
        timeout: Duration = .seconds(1),
        measurements: [Measurement] = []
    ) -> ComponentRegistration {
        let registration = Registration(
            id: CheckID(component: name, check: check),
            kind: "orders",
            check: MeasuringCheck(measurements: measurements),
            schedule: Schedule(interval: .seconds(10), timeout: timeout)
        )
        return ComponentRegistration(name: name, checks: [registration])
    }

    /// What is wrong with a configuration to which a program adds its own.
    private func problems(
        _ text: String = "components: {}\n",
        _ register: (inout ProgramRegistrations) -> Void
    ) -> [String] {
        var program = ProgramRegistrations()
        register(&program)
        var sources = ConfigurationSources(
            environment: { _ in nil },
            group: MultiThreadedEventLoopGroup.singleton,
            time: ManualTime()
        )
        sources.program = program
        do throws(ConfigurationError) {
            _ = try ConfigurationLoader(sources: sources).load(Array(text.utf8), file: "x", baseDirectory: "/tmp")
            return []
        } catch {
            return error.problems.map(\.message)
        }
    }

    @Test func whatIsRightIsTaken() {
        let measurement = Measurement(name: "shop_orders_waiting", help: "Orders that wait.")
        let found = problems { program in
            program.add(Self.component(measurements: [measurement]))
            _ = program.addStartupTask("catalogue")
            _ = program.addProgressCounter("worker")
            program.addQueue("orders") { 0 }
        }
        #expect(found == [])
    }

    @Test(
        arguments: [
            ("health_check_status", "the exporter's own"), ("process_open_fds", "the exporter's own"),
            ("up", "the exporter's own"), ("9lives", "no metric name"), ("a-b", "no metric name"),
            ("a:b", "no metric name"), ("", "no metric name"), ("orders_total", "must not end in _total"),
            ("orders_bucket", "must not end in _bucket"),
        ]
    )
    func namesOfMeasurementsFollowTheRules(name: String, words: String) {
        let found = problems { $0.add(Self.component(measurements: [Measurement(name: name, help: "x")])) }
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test func aMeasurementHasOneDescription() {
        let (one, other) = (Measurement(name: "a", help: "x"), Measurement(name: "a", help: "y"))
        #expect(
            problems { $0.add(Self.component(measurements: [one, one])) }.contains { $0.contains("declared twice") }
        )
        let found = problems { program in
            program.add(Self.component("a", measurements: [one]))
            program.add(Self.component("b", measurements: [other]))
        }
        #expect(found.contains { $0.contains("in different words") })
        let disk = "components: {d: {checks: {x: {kind: disk, path: /}}}}\n"
        let mine = Measurement(name: "health_disk_free_bytes", help: "Mine.")
        #expect(
            problems(disk) { $0.add(Self.component(measurements: [mine])) }.contains { $0.contains("different words") }
        )
    }

    @Test func namesAndTimesAreThoseOfTheFile() {
        #expect(problems { $0.add(Self.component("Orders")) }.contains { $0.contains("is no name") })
        #expect(problems { $0.add(Self.component(check: "a b")) }.contains { $0.contains("is no name") })
        #expect(problems { $0.add(Self.component(timeout: .seconds(10))) }.contains { $0.contains("must be shorter") })
        #expect(problems { $0.add(ComponentRegistration(name: "a", checks: [])) }.contains { $0.contains("no checks") })
        let far = ComponentRegistration(
            name: "a",
            runbook: "ftp://x",
            objective: 99.9,
            checks: Self.component("a").checks
        )
        let open = ComponentRegistration(name: "a", runbook: "https://u:p@h/", checks: Self.component("a").checks)
        #expect(problems { $0.add(open) }.contains { $0.contains("without user and password") })
        let found = problems { $0.add(far) }
        #expect(found.contains { $0.contains("`runbook`") } && found.contains { $0.contains("`objective`") })
    }

    @Test func tasksHeartbeatsAndQueuesHaveNamesOfTheirOwn() {
        let found = problems { program in
            for name in ["catalogue", "catalogue"] { _ = program.addStartupTask(name) }
            for name in ["worker", "worker", "scheduler", "event-loop-0"] { _ = program.addProgressCounter(name) }
            for name in ["a.b", "a-b"] { program.addQueue(name) { 0 } }
        }
        #expect(
            found.contains {
                $0.contains("start-up task `catalogue` is") || $0.contains("start-up task `catalogue`: is")
            }
        )
        for name in ["worker", "scheduler", "event-loop-0"] {
            #expect(found.contains { $0.contains("progress counter `\(name)`") }, "\(found)")
        }
        #expect(found.contains { $0.contains("queue `a.b`: its metric") })
    }

    @Test func aProgramCanReadFlagsAndStatuses() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let flags = "{on: {requires: [orders], default: true}, off: {requires: [orders], default: false}}"
        try Data("components: {}\nflags: \(flags)\n".utf8).write(to: file)
        let options = HealthService.Options(configurationFile: file.path)
        let health = try HealthService(options) { $0.add(Self.component()) }
        #expect(health.status(of: "orders") == .unknown && health.status(of: "none") == nil)
        #expect(health.isEnabled("on") == true && health.isEnabled("off") == false)
        #expect(health.isEnabled("none") == nil)
    }

    @Test func aMistakeEndsTheProgramWithExitCode2AndItsMessage() async throws {
        let result = try await #require(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
            _ = HealthService.orExit(.init(configurationFile: "/no/such/file"))
        }
        let message = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(message.contains("/no/such/file:1:1: the file can't be read"))
    }

    @Test(arguments: ["time_zone: CANARY", "owner: [CANARY]", "interval: CANARY", "CANARY: 1", "impact: CANARY"])
    func aPastedURLIsNotQuotedWithItsPassword(line: String) {
        let pasted = line.replacing("CANARY", with: #""postgres://me:hunter2@db/x""#)
        let files = [
            "maintenance: [{components: [all], weekly: {days: [sun], at: \"02:00\", for: 1h, \(pasted)}}]\n",
            "components: {c: {\(pasted), checks: {t: {kind: tcp, address: \"h:1\", \(pasted)}}}}\n",
            "service: {\(pasted)}\n",
        ]
        for file in files {
            let found = ConfigurationText.problems(file)
            #expect(!found.isEmpty && !found.contains { $0.contains("hunter2") }, "\(found)")
        }
    }
}
