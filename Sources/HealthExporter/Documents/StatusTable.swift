package import HealthCore

/// The last result of every check, as a table for a terminal; what `once` prints.
package enum StatusTable {
    private static let heads = ["COMPONENT", "CHECK", "KIND", "TARGET", "STATUS", "REASON", "DURATION", "MESSAGE"]

    /// One line a check, and a last one with the status of the service.
    package static func render(_ health: HealthSnapshot) -> String {
        TerminalTable.render([heads] + health.checks.map(row(of:))) + "\nservice: \(health.verdict.service.rawValue)\n"
    }

    private static func row(of check: HealthSnapshot.Check) -> [String] {
        let (id, run) = (check.registration.id, check.lastRun)
        return [
            id.component, id.check, check.registration.kind, check.registration.target ?? "-",
            check.state.status.rawValue, (run == nil ? check.state.reason : run?.reason)?.rawValue ?? "-",
            run.map { milliseconds($0.duration) } ?? "-", check.message,
        ]
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int((duration.seconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10)ms"
    }
}
