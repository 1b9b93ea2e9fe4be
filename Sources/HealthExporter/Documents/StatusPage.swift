import HealthCore

/// The page at `/`: what this is, how it is, and where to look on.
///
/// No script, no style from elsewhere.
enum StatusPage {
    private static let links: [(path: String, text: String)] = [
        ("/health/detailed", "everything that is known, as JSON"), ("/api/v1/components", "the components, as JSON"),
        ("/api/v1/flags", "feature flags, as JSON"),
        ("/metrics", "metrics for Prometheus"), ("/livez?verbose", "liveness"), ("/readyz?verbose", "readiness"),
        ("/startupz?verbose", "start-up"),
    ]

    static func render(_ identity: ServiceIdentity, _ health: HealthSnapshot, at timestamp: Timestamp) -> [UInt8] {
        let rows = health.components.map { component in
            let held = component.suppression.reason.map { ", alerts held back: \($0.rawValue)" } ?? ""
            let cause = health.reason(of: component)
            let reason = (cause?.rawValue ?? "") + held
            let hint = escaped(cause?.hint ?? "")
            let status = component.state.status.rawValue
            return
                "<tr><td>\(escaped(component.registration.name))</td><td class=\"\(status)\">\(status)</td><td>\(reason)</td><td>\(hint)</td></tr>"
        }
        let groups = health.groups.map { group in
            let (name, status) = (escaped(group.registration.name), group.status.rawValue)
            return "<tr><td>\(name)</td><td class=\"\(status)\">\(status)</td><td>group</td><td></td></tr>"
        }
        let list = links.map { "<li><a href=\"\($0.path)\">\($0.path)</a>: \($0.text)</li>" }
        let facts = "\(identity.environment), version \(identity.version), instance \(identity.instance)"
        let page = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(escaped(identity.name)): \(health.verdict.readiness.name)</title>
            <style>
            body { font-family: sans-serif; margin: 2em; max-width: 60em }
            td, th { padding: 0.2em 1em 0.2em 0; text-align: left }
            .healthy { color: #1a7f37 } .degraded { color: #9a6700 } .unknown { color: #6e7781 } .unhealthy { color: #cf222e }
            </style>
            </head>
            <body>
            <h1>\(escaped(identity.name))</h1>
            <p>\(escaped(facts))</p>
            <p>Readiness: <strong>\(health.verdict.readiness.name)</strong>, at \(timestamp.rfc3339)</p>
            <table>
            <tr><th>component</th><th>status</th><th>reason</th><th>hint</th></tr>
            \((rows + groups).joined(separator: "\n"))
            </table>
            <ul>
            \(list.joined(separator: "\n"))
            </ul>
            </body>
            </html>

            """
        return Array(page.utf8)
    }

    private static func escaped(_ text: String) -> String {
        text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"][$0] ?? String($0) }.joined()
    }
}
