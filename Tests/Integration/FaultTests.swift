import Foundation
import Testing

/// Every kind that connects against servers that misbehave in every way.
@Suite(.needsTheMachine, .measuresRealTime, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct FaultTests {
    private static let timeout = 2.0
    /// How long after its timeout a run may still hold its connection.
    private static let tolerance = 0.25

    @Test func everyKindTellsWhatIsWrong() async throws {
        let (table, faults) = (try FaultTable(), try await Faults())
        #expect(table.cells.count >= 150)
        // No second run within the test.
        var configuration = "defaults: {interval: 300d, timeout: 2s}\ncomponents:\n  faults:\n    checks:\n"
        // A number that nothing listens on, held so that nobody else takes it.
        let refused = try ListeningSocket(acceptsConnections: false)
        for (number, cell) in table.cells.enumerated() {
            let port = try #require(cell.fault == "refused" ? refused.port : faults.ports[cell.fault], "\(cell.fault)")
            configuration += "      cell-\(number): {\(try cell.check(port: port))}\n"
        }
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        var seen: [String: [String: Any]] = [:]
        try await eventually("a result of every cell", within: 30) {
            let checks = try exporter.get("/api/v1/components/faults").json["checks"] as? [[String: Any]] ?? []
            for check in checks { if let name = check["name"] as? String { seen[name] = check } }
            return checks.count == table.cells.count && checks.allSatisfy { $0["last_run"] is [String: Any] }
        }
        print("kind      fault                        said                   after   expected")
        for (number, cell) in table.cells.enumerated() {
            let check = try #require(seen["cell-\(number)"])
            let run = try #require(check["last_run"] as? [String: Any])
            let said = run["reason"] as? String ?? run["result"] as? String ?? ""
            let duration = run["duration_seconds"] as? Double ?? .infinity
            let row = [cell.kind, cell.fault, said, String(format: "%.3f s", duration)]
            let widths = [9, 28, 22, 7]
            let text = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            print(text.joined(separator: " ") + " " + cell.expected.joined(separator: "|"))
            #expect(cell.expected.contains(said), "\(cell.kind) \(cell.fault) \(cell.keys): \(check["message"] ?? "")")
            #expect(duration <= Self.timeout, "\(cell.kind) \(cell.fault)")
        }
        try await expectThatConnectionsEnd(faults)
        try evaluate(table, by: faults.log())
        #expect(exporter.isRunning)
    }

    /// The server's own log: every connection that it accepted was left in time, as seen from its side.
    private func expectThatConnectionsEnd(_ faults: Faults) async throws {
        try await eventually("the end of every connection") { Self.open(try faults.log()).isEmpty }
        let log = try faults.log()
        let lateness = log.filter { $0.fault == "observer" }.count
        print("the fault server itself was late \(lateness) times")
        var accepted: [Int: Faults.Event] = [:]
        for event in log {
            if event.event == "accepted" { accepted[event.connection] = event }
            guard Self.ends.contains(event.event), let start = accepted.removeValue(forKey: event.connection) else {
                continue
            }
            // The longest pause of the fault server itself within this time is not ours.
            let own = log.filter { $0.fault == "observer" && (start.at...event.at + 1).contains($0.at) }.count
            let limit = Self.timeout + Self.tolerance + Double(own) * 0.1
            #expect(event.at - start.at <= limit, "\(event.fault)")
        }
    }

    private static let ends = ["closed", "closed_by_peer", "reset_by_peer", "tls_failed"]

    /// The faults of connections that have no end.
    private static func open(_ log: [Faults.Event]) -> [String] {
        let ended = Set(log.filter { ends.contains($0.event) }.map(\.connection))
        return log.filter { $0.event == "accepted" && !ended.contains($0.connection) }.map { "\($0.fault) at \($0.at)" }
    }

    /// Who says something about a server has talked to it.
    private func evaluate(_ table: FaultTable, by log: [Faults.Event]) throws {
        for (fault, cells) in Dictionary(grouping: table.cells, by: \.fault) where fault != "refused" {
            let contacts = log.filter { $0.fault == fault && ["accepted", "query"].contains($0.event) }.count
            #expect(contacts >= cells.count, "\(fault)")
        }
        // Credentials stay with the origin that they are for, and nobody went to where the redirects led.
        let elsewhere = log.filter { $0.fault == "http-echo" && $0.event == "accepted" }.count
        #expect(elsewhere == table.cells.filter { $0.fault == "http-echo" }.count + 1)
    }
}
