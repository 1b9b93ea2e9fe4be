import HealthCore

/// The page at `/`: is it fine, what is not, since when, why, who looks after it, and what is to be done.
struct StatusPage {
    /// The facts.
    let content: LivePage.Content
    /// What they were made from.
    let known: PageSnapshot
    /// What the address says about what is shown.
    let query: StatusPageQuery
    /// Which past the bars show, and which they show when the address does not choose.
    let history: (shown: HistoryStep, usual: HistoryStep)
    /// Who reads it.
    let reader: PageAudience

    /// The whole page.
    func render() -> [UInt8] {
        let summary = SummaryView(
            facts: content.service,
            identity: known.identity,
            now: known.timestamp,
            chosen: query.status
        )
        let frame = known.frame(
            .status,
            title: summary.title,
            status: content.service.status,
            sequence: content.sequence,
            reader: reader
        )
        return frame.render { html in
            html.markup("<div id=\"summary\">\n")
            html.html(summary.render())
            html.markup("</div>\n")
        } content: { html in
            html.markup("<h2 class=\"vh\">Components</h2>\n")
            StatusControls(rows: content.rows, query: query, history: history).write(into: &html)
            writeComponents(into: &html)
        }
    }

    private func writeComponents(into html: inout HTMLWriter) {
        let shown = content.rows.count(where: query.includes)
        let count =
            "\(shown)\(shown == content.rows.count ? "" : " of \(content.rows.count)") component\(content.rows.count == 1 ? "" : "s")"
        html.element("p", styled: "found", with: [("id", "found")]) { $0.text(count) }
        html.markup(
            "\n<div class=\"cols\" aria-hidden=\"true\"><span>Component</span><span>Status and reason</span><span>"
        )
        html.markup(history.shown.title)
        html.markup("</span><span>Latency</span></div>\n<ul id=\"list\"")
        html.attribute("class", query.view.rawValue)
        html.markup(">\n")
        for unit in units {
            let members = unit.members.map {
                ComponentRow(facts: $0, now: known.timestamp, isHidden: !query.includes($0))
            }
            if let group = unit.group {
                GroupRow(facts: group).write(members, into: &html)
            } else {
                for member in members { member.write(into: &html) }
            }
        }
        // By another order groups have no members, and wait for the script to give them back.
        for group in query.sort == .worst ? [] : content.groups { GroupRow(facts: group).write([], into: &html) }
        html.markup("</ul>\n<p class=\"empty\" id=\"nothing\"")
        html.markup(shown > 0 ? " hidden>" : ">")
        html.markup("<b>No component is like that.</b> <a href=\"/\">Show all</a></p>\n")
    }

    /// Groups with their members, and components on their own; by another order than the worst first, no groups.
    private var units: [(group: GroupFacts?, members: [ComponentFacts])] {
        let sorted = query.sorted(content.rows)
        guard query.sort == .worst else { return sorted.map { (nil, [$0]) } }
        let members = Dictionary(grouping: sorted) { $0.group ?? "" }
        var units = content.groups.map { group in
            (severity: group.severity, name: group.name, group: Optional(group), members: members[group.name] ?? [])
        }
        units += (members[""] ?? []).map { ($0.severity, $0.name, nil, [$0]) }
        return units.sorted { ($1.severity, $0.name) < ($0.severity, $1.name) }.map { ($0.group, $0.members) }
    }
}

extension HistoryStep {
    /// What the bars show.
    var title: StaticString {
        switch self {
        case .runs: "Last 48 runs"
        case .hours: "Last 48 hours"
        case .days: "Last 90 days"
        }
    }
}

extension PageSnapshot {
    /// The frame of a page for people.
    func frame(
        _ place: PageFrame.Place?,
        title: String,
        status: HealthStatus,
        sequence: String,
        reader: PageAudience,
        component: String? = nil
    ) -> PageFrame {
        PageFrame(
            identity: identity,
            place: place,
            title: title,
            status: status,
            now: timestamp,
            started: timestamp.advanced(by: .zero - Moment.zero.duration(to: now)),
            sequence: sequence,
            mayAct: reader.mayAct,
            component: component
        )
    }
}
