package import HealthCore

/// What every check saw, as a table for a terminal.
package enum StatusTable {
    package static func render(_ health: HealthSnapshot) -> String {
        var rows = [["COMPONENT", "CHECK", "KIND", "TARGET", "STATUS", "REASON", "DURATION", "MESSAGE"]]
        for check in health.checks {
            let run = check.lastRun
            rows.append([
                check.registration.id.component, check.registration.id.check, check.registration.kind,
                (check.registration.target ?? "-"), check.state.status.rawValue,
                (run == nil ? check.state.reason : run?.reason)?.rawValue ?? "-",
                run.map { milliseconds($0.duration) } ?? "-", check.message,
            ])
        }
        return TerminalTable.render(rows) + "\nservice: \(health.verdict.service.rawValue)\n"
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int((duration.seconds * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10)ms"
    }
}
