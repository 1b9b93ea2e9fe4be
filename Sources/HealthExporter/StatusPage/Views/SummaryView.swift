import HealthCore

/// The top of the status page: is it fine, what is not, since when, why, and what is to be done.
struct SummaryView {
    /// What is said.
    let facts: ServiceFacts
    /// Who the service is.
    let identity: ServiceIdentity
    /// When the page is made.
    let now: Timestamp
    /// The status that is chosen; nil is all.
    var chosen: HealthStatus?

    private var total: Int { facts.counts.reduce(0, +) }

    /// The title of the browser's window: what is wrong comes first, where a narrow tab shows it.
    var title: String { "\(word) – \(identity.name), \(identity.environment)" }

    private var word: String {
        switch facts.state {
        case .shuttingDown: "stopping"
        case .starting: "starting"
        case .status(let status):
            facts.needingAttention > 0 ? "\(facts.needingAttention) of \(total) need attention" : status.rawValue
        }
    }

    /// The inside of the summary.
    func render() -> [UInt8] {
        HTMLWriter.document { html in
            html.markup("<div class=\"say\"")
            html.attribute("data-status", facts.status.rawValue)
            html.markup(">\n")
            html.shape(facts.status)
            html.markup("<h1>")
            writeSentence(into: &html)
            html.markup("</h1>\n")
            writeLeads(into: &html)
            html.markup("</div>\n")
            writeCounts(into: &html)
            writeNotices(into: &html)
        }
    }

    private func writeSentence(into html: inout HTMLWriter) {
        switch facts.state {
        case .shuttingDown: html.markup("The exporter is shutting down and not ready.")
        case .starting(let names): html.text("Starting: waiting for \(Self.list(names)).")
        case .status:
            if let first = facts.worst.first {
                writeAttention(first, into: &html)
            } else {
                html.text(calm)
            }
        }
    }

    /// What is said when nothing needs attention.
    private var calm: String {
        let others = total - facts.counts[HealthStatus.healthy.severity]
        if total == 0 { return "There are no components." }
        if others == 0 { return total == 1 ? "The one component is healthy." : "All \(total) components are healthy." }
        let about =
            others == 1 ? "the one component that is not healthy" : "the \(others) components that are not healthy"
        return "Nothing needs attention: nobody is alerted about \(about)."
    }

    private func writeAttention(_ first: ServiceFacts.Trouble, into html: inout HTMLWriter) {
        let count = facts.needingAttention
        html.text("\(count) of \(total) component\(total == 1 ? "" : "s") need\(count == 1 ? "s" : "") attention: ")
        html.link(to: first.component)
        html.markup(" is ")
        html.markup("<em")
        html.attribute("data-status", first.status.rawValue)
        html.markup(">")
        html.text(first.status.rawValue)
        html.markup("</em>")
        if let since = first.since {
            html.markup(" for ")
            html.age(of: since, at: now)
        }
        if let reason = first.reason { html.text(": \(reason.words)") }
        html.markup(".")
    }

    private func writeLeads(into html: inout HTMLWriter) {
        guard case .status(let status) = facts.state, let first = facts.worst.first else { return }
        html.markup("<p class=\"lead\">")
        html.text(first.reason?.hint ?? "")
        if let owner = first.owner {
            html.markup(" Looked after by ")
            html.name(owner)
            html.markup(".")
        }
        if let runbook = first.runbook {
            html.markup(" <a rel=\"noreferrer\"")
            html.attribute("href", runbook)
            html.markup(">Open the runbook</a>")
        }
        html.markup("</p>\n<p class=\"lead\">")
        html.text("The service is \(status.rawValue).")
        let others = facts.worst.dropFirst()
        if !others.isEmpty {
            html.markup(" Also: ")
            for (index, trouble) in others.enumerated() {
                if index > 0 { html.markup(", ") }
                html.link(to: trouble.component)
                html.text(" \(trouble.status.rawValue)")
            }
            let more = facts.needingAttention - facts.worst.count
            if more > 0 { html.text(" and \(more) more") }
            html.markup(".")
        }
        html.markup("</p>\n")
    }

    private func writeCounts(into html: inout HTMLWriter) {
        html.markup("<nav class=\"counts\" aria-label=\"Filter by status\">\n")
        writeCount(nil, total, into: &html)
        for status in HealthStatus.allCases.reversed() {
            writeCount(status, facts.counts[status.severity], into: &html)
        }
        html.markup("</nav>\n")
    }

    private func writeCount(_ status: HealthStatus?, _ count: Int, into html: inout HTMLWriter) {
        html.markup("<a")
        html.attribute("href", status.map { "/?status=\($0.rawValue)" } ?? "/")
        html.attribute("data-filter", status?.rawValue ?? "")
        html.attribute("data-status", status?.rawValue)
        html.attribute("data-n", String(count))
        html.attribute("aria-current", chosen == status ? "true" : nil)
        html.markup(">")
        if let status { html.shape(status) }
        html.markup("<b>")
        html.number(count)
        html.markup("</b> ")
        html.text(status?.rawValue ?? "all")
        html.markup("</a>\n")
    }

    private func writeNotices(into html: inout HTMLWriter) {
        guard !facts.drills.isEmpty || !facts.maintenance.isEmpty || !facts.exporter.isEmpty else { return }
        html.markup("<ul class=\"notices\" aria-label=\"Notices\">\n")
        for drill in facts.drills {
            html.markup("<li class=\"note\">")
            html.sign("drill")
            html.markup("<p>A drill is in progress: ")
            html.link(to: drill.component)
            html.text(" is shown as \(drill.status.rawValue) until ")
            html.time(drill.end)
            html.markup(".</p></li>\n")
        }
        if !facts.maintenance.isEmpty {
            html.markup("<li class=\"note\">")
            html.sign("maintenance")
            html.markup("<p>In maintenance: ")
            for (index, name) in facts.maintenance.prefix(10).enumerated() {
                if index > 0 { html.markup(", ") }
                html.link(to: name)
            }
            let more = facts.maintenance.count - 10
            html.text(more > 0 ? " and \(more) more." : ".")
            html.markup("</p></li>\n")
        }
        for warning in facts.exporter {
            html.markup("<li class=\"note\" data-status=\"degraded\">")
            html.sign("trouble")
            html.element("p", warning)
            html.markup("</li>\n")
        }
        html.markup("</ul>\n")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}

extension FailureReason {
    /// The reason in words: `connect_refused` is `connect refused`.
    var words: String { rawValue.replacing("_", with: " ") }
}
