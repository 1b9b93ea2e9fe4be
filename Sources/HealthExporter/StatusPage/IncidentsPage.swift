import HealthCore

/// The page of what went wrong: when, for how long, and what followed from what.
struct IncidentsPage {
    /// All of them, ascending.
    let incidents: [Incident]
    /// Which are wanted.
    let query: IncidentQuery
    /// What else is known.
    let known: PageSnapshot
    /// The last sequence of the status page's facts.
    let sequence: String
    /// Who reads it.
    let reader: PageAudience

    /// The whole page.
    func render() -> [UInt8] {
        let suppressed = known.health.components.filter { known.health.suppression(of: $0).reason != nil }
        let list = IncidentList(now: known.timestamp, suppressed: Set(suppressed.map(\.registration.name)))
        let open = incidents.filter { $0.end == nil }
        let status = open.filter { !list.isQuiet($0) }.map(\.worst).max()
        let frame = known.frame(
            .incidents,
            title: "Incidents – \(known.identity.name), \(known.identity.environment)",
            status: status ?? .healthy,
            sequence: sequence,
            reader: reader
        )
        return frame.render { html in
            html.markup("<div class=\"say\"")
            html.attribute("data-status", (status ?? .healthy).rawValue)
            html.markup(">\n")
            html.shape(status ?? .healthy)
            html.element("h1", Self.sentence(open.count))
            html.markup("<p class=\"lead\">")
            html.text(
                incidents.count == 1 ? "1 incident is remembered." : "\(incidents.count) incidents are remembered."
            )
            html.markup("</p>\n</div>\n")
        } content: { html in
            writeFilter(into: &html)
            writeIncidents(as: list, into: &html)
        }
    }

    private static func sentence(_ open: Int) -> String {
        switch open {
        case 0: "No incident is going on."
        case 1: "1 incident is going on."
        default: "\(open) incidents are going on."
        }
    }

    private func writeFilter(into html: inout HTMLWriter) {
        html.markup("<form class=\"controls\" method=\"get\" action=\"/incidents\" role=\"search\">\n")
        html.markup(
            "<input type=\"search\" name=\"q\" placeholder=\"Component or reason\" aria-label=\"Component or reason\""
        )
        html.attribute("value", query.search.text)
        html.markup(">\n<input name=\"component\" placeholder=\"Exact component\" aria-label=\"Exact component\"")
        html.attribute("value", query.component)
        html.markup(">\n")
        let statuses = HealthStatus.allCases.reversed().filter { $0 != .healthy }.map { ($0.rawValue, $0.rawValue) }
        html.select(
            "Worst status",
            name: "status",
            [("", "Any status")] + statuses,
            chosen: query.status?.rawValue ?? ""
        )
        html.markup("<button type=\"submit\">Show</button>\n</form>\n")
    }

    /// Those that go on, then the others by the day of their start.
    private func writeIncidents(as list: IncidentList, into html: inout HTMLWriter) {
        let selected = query.select(incidents)
        let trees = IncidentList.trees(of: selected)
        let open = trees.filter { $0.root.end == nil }
        if !open.isEmpty {
            html.markup("<h2 class=\"day\">Going on now</h2>\n")
            list.write(open, into: &html)
        }
        var day: (name: String, trees: [IncidentList.Tree]) = ("", [])
        for tree in trees where tree.root.end != nil {
            let name = String(tree.root.start.rfc3339.prefix(10))
            if name != day.name {
                Self.write(day.name, day.trees, as: list, into: &html)
                day = (name, [])
            }
            day.trees.append(tree)
        }
        Self.write(day.name, day.trees, as: list, into: &html)
        if selected.isEmpty {
            html.markup("<p class=\"empty\"><b>No incident is like that.</b> <a href=\"/incidents\">Show all</a></p>\n")
        }
        writeLinks(older: selected.count == query.limit ? selected.last : nil, into: &html)
    }

    private static func write(
        _ day: String,
        _ trees: [IncidentList.Tree],
        as list: IncidentList,
        into html: inout HTMLWriter
    ) {
        guard !trees.isEmpty else { return }
        html.markup("<h2 class=\"day\">")
        html.text(day)
        html.markup(" <span>(UTC)</span></h2>\n")
        list.write(trees, into: &html)
    }

    private func writeLinks(older: Incident?, into html: inout HTMLWriter) {
        html.markup("<nav class=\"pager\" aria-label=\"More\">")
        if let older {
            var next = query
            next.before = older.id
            html.element("a", with: [("href", "/incidents\(next.parameters)"), ("rel", "next")]) { html in
                html.markup("Older incidents")
            }
            html.markup(" ")
        }
        let all = query.fromNewest.parameters
        for (path, text) in [
            ("/incidents.csv", "CSV"), ("/api/v1/incidents", "JSON"), ("/incidents.atom", "Atom feed"),
        ] {
            html.element("a", with: [("href", path + all)]) { $0.text(text) }
            html.markup(" ")
        }
        html.markup("</nav>\n")
    }
}
