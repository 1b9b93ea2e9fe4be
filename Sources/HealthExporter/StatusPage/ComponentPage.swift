import HealthCore

/// The page of a component; its inside stands in its row of the list, too, when that is opened.
struct ComponentPage {
    /// The component.
    let component: ComponentRecord
    /// What is known.
    let known: PageSnapshot
    /// When each of its checks is next due.
    let nextDue: [Moment?]
    /// Its last incidents, newest first.
    let incidents: [Incident]
    /// The last sequence of the status page's facts.
    let sequence: String
    /// Who reads it.
    let reader: PageAudience

    private var name: String { component.registration.name }

    private var history: HistoryStore.Component { known.history[name] ?? HistoryStore.Component() }

    /// The whole page.
    func render() -> [UInt8] {
        let measured = ComponentFacts.Measured(component, in: known, step: .hours)
        let facts = ComponentFacts(
            component,
            current: ComponentFacts.Current(component, in: known.health),
            measured: measured
        )
        let frame = known.frame(
            nil,
            title: "\(facts.current.status.rawValue) – \(name), \(known.identity.name)",
            status: facts.current.status,
            sequence: sequence,
            reader: reader,
            component: name
        )
        return frame.render { html in
            ComponentTop(facts: facts, component: component, now: known.timestamp).write(into: &html)
        } content: { html in
            html.html(renderInside())
        }
    }

    /// Its checks, its past and its incidents.
    func renderInside() -> [UInt8] {
        HTMLWriter.document { html in
            html.markup("<section class=\"comp\"")
            html.attribute("data-component", name)
            html.markup(">\n<h2 class=\"vh\">")
            html.name(name)
            html.markup(" in detail</h2>\n")
            writeActions(into: &html)
            html.markup("<div><h3>Checks</h3>\n")
            for (offset, index) in component.checks.enumerated() {
                let next = nextDue.indices.contains(offset) ? nextDue[offset] : nil
                checkView(known.health.checks[index], next: next).write(into: &html)
            }
            html.markup("</div>\n")
            writeHistory(into: &html)
            html.markup("<div class=\"pair\">\n")
            writeTransitions(into: &html)
            writeIncidents(into: &html)
            html.markup("</div>\n")
            writeBadge(into: &html)
            html.markup("</section>\n")
        }
    }

    private func checkView(_ check: CheckRecord, next: Moment?) -> CheckView {
        CheckView(
            check: check,
            metrics: known.metrics.checks[check.handle],
            past: history.runs.first { $0.check == check.registration.id.check }?.history ?? RunHistory(),
            nextRun: next.map { known.timestamp.advanced(by: known.now.duration(to: $0)) },
            now: known.now,
            timestamp: known.timestamp,
            showsDetails: reader.showsDetails
        )
    }

    private func writeActions(into html: inout HTMLWriter) {
        html.markup("<p class=\"actions\">")
        if reader.mayAct {
            button("act-run", "Run now", into: &html)
            if component.state.drill == nil {
                button("act-drill", "Start a drill…", into: &html)
            } else {
                button("act-drill-end", "End the drill", into: &html)
            }
        }
        html.element("a", with: [("href", "/components/\(name.urlEncoded)")]) { $0.markup("Page to share") }
        html.markup(" ")
        html.element("a", with: [("href", "/api/v1/components/\(name.urlEncoded)")]) { $0.markup("JSON") }
        html.markup("</p>\n")
    }

    private func button(_ action: String, _ text: StaticString, into html: inout HTMLWriter) {
        html.markup("<button type=\"button\" class=\"js-only\"")
        html.attribute("data-act", action)
        html.attribute("data-name", name)
        html.markup(">")
        html.markup(text)
        html.markup("</button> ")
    }

    private func writeHistory(into html: inout HTMLWriter) {
        html.markup("<div><h3>History</h3>\n<ul class=\"bars\">\n")
        for step in HistoryStep.allCases {
            let objective = component.registration.objective
            html.markup("<li>")
            html.bar(HistoryBar(step, of: history, objective: objective, at: known.timestamp))
            html.markup("<p><span>")
            html.markup(step.title)
            html.markup("</span><span>now</span></p></li>\n")
        }
        html.markup("</ul></div>\n")
    }

    private func writeTransitions(into html: inout HTMLWriter) {
        html.markup("<div><h3>Changes of status</h3>\n")
        if component.state.transitions.isEmpty {
            html.markup("<p>None yet.</p>")
        } else {
            writeTransitionTable(into: &html)
        }
        html.markup("</div>\n")
    }

    private func writeTransitionTable(into html: inout HTMLWriter) {
        html.markup(
            "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Change</th>"
        )
        html.markup("<th scope=\"col\">Reason</th></tr></thead><tbody>\n")
        for transition in component.state.transitions.reversed() {
            html.markup("<tr><td>")
            html.time(transition.timestamp)
            html.markup("</td><td>")
            change(transition.from, into: &html)
            html.markup(" → ")
            change(transition.to, into: &html)
            html.markup("</td><td>")
            html.text(transition.reason?.words ?? "")
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody></table></div>")
    }

    private func change(_ status: HealthStatus, into html: inout HTMLWriter) {
        html.markup("<span")
        html.attribute("data-status", status.rawValue)
        html.markup(">")
        html.shape(status)
        html.text(status.rawValue)
        html.markup("</span>")
    }

    private func writeIncidents(into html: inout HTMLWriter) {
        html.markup("<div><h3>Incidents</h3>\n")
        if incidents.isEmpty {
            html.markup("<p>None is remembered.</p>")
        } else {
            html.markup("<ul>\n")
            for incident in incidents {
                html.markup("<li")
                html.attribute("data-status", incident.worst.rawValue)
                html.markup(">")
                html.shape(incident.worst)
                html.text(" \(incident.worst.rawValue)\(incident.reason.map { ", \($0.words)" } ?? ""): ")
                html.time(incident.start)
                html.text(
                    incident.end.map { ", for \(ShortText.span(incident.start.duration(to: $0)))" } ?? ", goes on"
                )
                html.markup("</li>\n")
            }
            html.markup("</ul>\n<p>")
            html.element("a", with: [("href", "/incidents?component=\(name.urlEncoded)")]) { html in
                html.markup("All incidents of this component")
            }
            html.markup("</p>")
        }
        html.markup("</div>\n")
    }

    private func writeBadge(into html: inout HTMLWriter) {
        html.markup("<details><summary>Badge for a README</summary><p><img alt=\"\" height=\"20\"")
        html.attribute("src", "/badge/\(name.urlEncoded).svg")
        html.markup("> <img alt=\"\" height=\"20\"")
        html.attribute("src", "/badge/\(name.urlEncoded).svg?window=30d")
        html.markup("></p><pre tabindex=\"0\" data-origin>")
        html.text("![\(name)](/badge/\(name).svg)\n![\(name)](/badge/\(name).svg?window=30d)")
        html.markup("</pre></details>\n")
    }
}
