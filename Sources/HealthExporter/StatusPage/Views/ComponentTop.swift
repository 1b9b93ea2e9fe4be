import HealthChecks
import HealthCore

/// The top of a component's page.
struct ComponentTop {
    /// What the status page shows of it.
    let facts: ComponentFacts
    /// The component.
    let component: ComponentRecord
    /// When the page is made.
    let now: Timestamp

    private var current: ComponentFacts.Current { facts.current }

    /// Writes the sentence, the facts and the notices.
    func write(into html: inout HTMLWriter) {
        html.markup("<div class=\"say\"")
        html.attribute("data-status", current.status.rawValue)
        html.markup(">\n")
        html.shape(current.status)
        html.markup("<h1>")
        html.name(facts.name)
        html.markup(" is <em>")
        html.text(current.status.rawValue)
        html.markup("</em>")
        if let since = current.since {
            html.markup(" for ")
            html.age(of: since, at: now)
        }
        if let reason = current.reason { html.text(": \(reason.words)") }
        html.markup(".</h1>\n")
        if let reason = current.reason { html.element("p", styled: "lead", reason.hint) }
        html.markup("</div>\n")
        writeFacts(into: &html)
        writeNotices(into: &html)
    }

    private func writeFacts(into html: inout HTMLWriter) {
        html.markup("<dl class=\"big\">\n")
        html.fact("Impact") { $0.text(facts.impact.rawValue) }
        if component.scope == .shared { html.fact("Scope") { $0.markup("shared by all replicas") } }
        if let group = facts.group { html.fact("Group") { $0.name(group) } }
        if let owner = facts.owner { html.fact("Looked after by") { $0.name(owner) } }
        if let runbook = facts.runbook { html.fact("What to do") { $0.runbook(runbook, of: facts.name) } }
        let dependencies = component.registration.dependencies
        if !dependencies.isEmpty { html.fact("Depends on") { $0.name(dependencies.joined(separator: ", ")) } }
        let ratios = zip(SuccessHistory.Window.allCases, facts.measured.ratios).map { "\($0.words) \($1 ?? "–")" }
        html.fact("Success") { $0.text(ratios.joined(separator: " · ")) }
        html.fact("Objective") { $0.text(SettingText.text(ofRatio: component.registration.objective)) }
        html.fact("Latency of the last hour") { html in
            html.text("p50 \(facts.measured.p50 ?? "–") · p95 \(facts.measured.p95 ?? "–")")
        }
        html.markup("</dl>\n")
    }

    private func writeNotices(into html: inout HTMLWriter) {
        guard current.drill != nil || current.isSuppressed else { return }
        html.markup("<ul class=\"notices\" aria-label=\"Notices\">\n")
        if let drill = current.drill {
            html.markup("<li class=\"note\">")
            html.sign("drill")
            html.markup("<p>A drill shows this until ")
            html.time(drill.end)
            if !drill.by.isEmpty {
                html.markup(", by ")
                html.name(drill.by)
            }
            if !drill.reason.isEmpty {
                html.markup(": ")
                html.name(drill.reason)
            }
            html.markup(".</p></li>\n")
        }
        if current.isInMaintenance {
            html.markup("<li class=\"note\">")
            html.sign("maintenance")
            html.markup("<p>It is in maintenance: alerts about it are suppressed.</p></li>\n")
        }
        if !current.suppressedBy.isEmpty {
            html.markup("<li class=\"note\">")
            html.sign("trouble")
            html.markup("<p>Alerts about it are suppressed, because this is down: ")
            for (index, root) in current.suppressedBy.enumerated() {
                if index > 0 { html.markup(", ") }
                html.link(to: root)
            }
            html.markup(".</p></li>\n")
        }
        html.markup("</ul>\n")
    }
}
