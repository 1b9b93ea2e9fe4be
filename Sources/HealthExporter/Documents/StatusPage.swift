import HealthCore

/// The page at `/`: what the service is, its status, and links to everything else.
///
/// It has no script and loads nothing from elsewhere.
enum StatusPage {
    private static let links: [(path: String, text: String)] = [
        ("/health/detailed", "everything that is known, as JSON"), ("/api/v1/components", "the components, as JSON"),
        ("/api/v1/flags", "feature flags, as JSON"),
        ("/metrics", "metrics for Prometheus"), ("/livez?verbose", "liveness"), ("/readyz?verbose", "readiness"),
        ("/startupz?verbose", "start-up"),
    ]

    /// The page in HTML; every name in it is escaped.
    static func render(_ identity: ServiceIdentity, _ health: HealthSnapshot, at timestamp: Timestamp) -> [UInt8] {
        let rows = health.components.map { row(of: $0, in: health) } + health.groups.map(row(of:))
        let list = links.map { "<li><a href=\"\($0.path)\">\($0.path)</a>: \($0.text)</li>" }
        let facts = "\(identity.environment), version \(identity.version), instance \(identity.instance)"
        let readiness = health.verdict.readiness.name
        let page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(escaped(identity.name)): \(readiness)</title>
            <style>
            body { font-family: sans-serif; margin: 2em; max-width: 60em }
            td, th { padding: 0.2em 1em 0.2em 0; text-align: left }
            .healthy { color: #1a7f37 } .degraded { color: #9a6700 } .unknown { color: #6e7781 } .unhealthy { color: #cf222e }
            </style>
            </head>
            <body>
            <h1>\(escaped(identity.name))</h1>
            <p>\(escaped(facts))</p>
            <p>Readiness: <strong>\(readiness)</strong>, at \(timestamp.rfc3339)</p>
            <table>
            <tr><th>component</th><th>status</th><th>reason</th><th>hint</th></tr>
            \(rows.joined(separator: "\n"))
            </table>
            <ul>
            \(list.joined(separator: "\n"))
            </ul>
            </body>
            </html>

            """
        return Array(page.utf8)
    }

    private static func row(of component: HealthSnapshot.Component, in health: HealthSnapshot) -> String {
        let reason = health.reason(of: component)
        let suppression = health.suppression(of: component).reason.map { ", alerts suppressed: \($0.rawValue)" } ?? ""
        return row(
            name: component.registration.name,
            status: component.state.status,
            reason: (reason?.rawValue ?? "") + suppression,
            hint: reason?.hint ?? ""
        )
    }

    private static func row(of group: HealthSnapshot.Group) -> String {
        row(name: group.registration.name, status: group.status, reason: "group", hint: "")
    }

    private static func row(name: String, status: HealthStatus, reason: String, hint: String) -> String {
        let cells = [
            "<td>\(escaped(name))</td>", "<td class=\"\(status.rawValue)\">\(status.rawValue)</td>",
            "<td>\(reason)</td>", "<td>\(escaped(hint))</td>",
        ]
        return "<tr>\(cells.joined())</tr>"
    }

    /// Text as the content of an element or the value of an attribute (HTML, §13.3).
    ///
    /// By scalars: a combining mark behind a `<` makes one character of the two.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: String(scalar)
            }
        }.joined()
    }
}
