import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How long a fault goes unnoticed at worst: what `check-config` prints, and what really happens.
@Suite(.mostlyWaits, .measuresRealTime, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct DetectionTests {
    /// A page over HTTP that can be made to hang.
    private final class Target {
        let port: Int
        private let server: RunningServer

        init() throws {
            port = try FreePort.next()
            let folder = FileManager.default.temporaryDirectory.path
            server = try RunningServer(
                .python,
                ["-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory", folder]
            )
        }

        /// It takes connections from now on, and never answers.
        func hang() { server.signal(SIGSTOP) }
    }

    @Test(arguments: [
        "{interval: 5s, timeout: 1s}", "{interval: 2s, timeout: 500ms, failure_threshold: 2}",
        "{interval: 8s, timeout: 2s, confirm_interval: 1s, failure_threshold: 4}",
        "{interval: 4s, timeout: 1500ms, retries: {attempts: 2}, circuit_breaker: {failures: 3}}",
    ])
    func isAsLongAsItIsSaidToBe(defaults: String) async throws {
        let target = try Target()
        try await measure(
            """
            defaults: \(defaults)
            components:
              page: {checks: {a: {kind: http, url: "http://127.0.0.1:\(target.port)/robots.txt", expect_status: [200-499]}}}
            """,
            targets: [target]
        )
    }

    @Test func ofAGroupToo() async throws {
        let targets = [try Target(), try Target()]
        let members = targets.enumerated().map { number, target in
            #"  m\#(number): {checks: {a: {kind: http, url: "http://127.0.0.1:\#(target.port)/", timeout: \#(number + 1)s}}}"#
        }
        try await measure(
            """
            defaults: {interval: 6s}
            components:
            \(members.joined(separator: "\n"))
            groups: {either: {members: [m0, m1], require: any}}
            """,
            targets: targets
        )
    }

    private func measure(_ configuration: String, targets: [Target]) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("health.yaml", configuration)
        let said = try await Command.run(try Product.exporter.path, "check-config", file)
        #expect(said.status == 0, "\(said.errors)")
        let line = said.output.split(separator: "\n").last { $0.contains("from a failure to a 503:") }
        let worst = try #require(line.flatMap { $0.split(separator: " ").last }.flatMap { Self.seconds(String($0)) })
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        // On the grid, and just behind a run of the slowest check: the fault has to wait for a whole interval.
        let slowest = targets.count == 1 ? #"component="page""# : #"component="m1""#
        let runs = try exporter.sum("health_check_runs_total", slowest)
        try await eventually("two more runs") { try exporter.sum("health_check_runs_total", slowest) >= runs + 2 }
        for target in targets { target.hang() }
        let began = Date()
        try await eventually("not ready", within: worst + 30) { try exporter.probe("/readyz").status == 503 }
        let measured = Date().timeIntervalSince(began)
        print("worst case said \(worst) s, measured \(measured) s")
        #expect(abs(measured - worst) < 1, "\(configuration)")
    }

    /// `1m30s500ms` in seconds.
    private static func seconds(_ text: String) -> Double? {
        var (total, rest) = (0.0, text[...])
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Double(digits), let factor = ["ms": 0.001, "s": 1, "m": 60, "h": 3600][String(unit)]
            else {
                return nil
            }
            total += number * factor
        }
        return total
    }
}
