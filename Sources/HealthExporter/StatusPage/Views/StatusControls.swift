import HealthCore

/// The form above the list: what is shown, in which order and how.
struct StatusControls {
    /// The components, for the values that they have.
    let rows: [ComponentFacts]
    /// What the address says.
    let query: StatusPageQuery
    /// Which past the bars show, and which they show when the address does not choose.
    let history: (shown: HistoryStep, usual: HistoryStep)

    /// Writes the form, which works without scripts, too.
    func write(into html: inout HTMLWriter) {
        html.markup(
            "<form class=\"controls\" id=\"controls\" method=\"get\" action=\"/\" role=\"search\" autocomplete=\"off\">\n"
        )
        html.markup("<input type=\"search\" name=\"q\" placeholder=\"Search name, owner, group, reason\"")
        html.markup(" aria-label=\"Search components\"")
        html.attribute("value", query.search.text)
        html.markup(">\n<details><summary>Filter, sort, view</summary>\n<div class=\"set\">\n")
        let statuses = HealthStatus.allCases.reversed().map(\.rawValue)
        choice("Status", name: "status", statuses, chosen: query.status?.rawValue ?? "", into: &html)
        choice("Owner", name: "owner", values(\.owner), chosen: query.owner, into: &html)
        choice(
            "Impact",
            name: "impact",
            Impact.allCases.map(\.rawValue),
            chosen: query.impact?.rawValue ?? "",
            into: &html
        )
        choice("Group", name: "group", values(\.group), chosen: query.group, into: &html)
        html.select("Order", name: "sort", Self.orders, chosen: query.sort.rawValue)
        radios(
            "History",
            name: "history",
            HistoryStep.allCases.map(\.rawValue),
            chosen: history.shown.rawValue,
            usual: history.usual.rawValue,
            into: &html
        )
        radios(
            "View",
            name: "view",
            StatusPageQuery.View.allCases.map(\.rawValue),
            chosen: query.view.rawValue,
            usual: StatusPageQuery.View.list.rawValue,
            into: &html
        )
        html.markup("<button type=\"submit\" class=\"no-js\">Show</button>\n")
        html.markup("<button type=\"reset\" class=\"js-only\">Clear</button>\n</div>\n</details>\n</form>\n")
    }

    private static let orders = [
        ("worst", "Worst first"), ("name", "By name"), ("since", "Newest change first"), ("latency", "Slowest first"),
        ("ratio", "Lowest ratio first"),
    ]

    private func values(_ value: (ComponentFacts) -> String?) -> [String] {
        Set(rows.compactMap(value)).sorted()
    }

    private func choice(
        _ label: String,
        name: String,
        _ values: [String],
        chosen: String,
        into html: inout HTMLWriter
    ) {
        guard !values.isEmpty else { return }
        let all = [("", "Any \(label.lowercased())")] + values.map { ($0, $0) }
        html.select(label, name: name, all, chosen: chosen)
    }

    private func radios(
        _ label: String,
        name: String,
        _ values: [String],
        chosen: String,
        usual: String,
        into html: inout HTMLWriter
    ) {
        html.markup("<fieldset class=\"seg\"")
        html.attribute("data-usual", usual)
        html.markup("><legend class=\"vh\">")
        html.text(label)
        html.markup("</legend>")
        for value in values {
            html.markup("<label><input type=\"radio\"")
            html.attribute("name", name)
            html.attribute("value", value)
            html.markup(value == chosen ? " checked><span>" : "><span>")
            html.text(value.prefix(1).uppercased() + value.dropFirst())
            html.markup("</span></label>")
        }
        html.markup("</fieldset>\n")
    }
}

extension HTMLWriter {
    /// A choice of one value, with the text of each.
    mutating func select(
        _ label: String,
        name: String,
        _ values: [(value: String, text: String)],
        chosen: String
    ) {
        markup("<select")
        attribute("name", name)
        attribute("aria-label", label)
        markup(">")
        for (value, text) in values {
            markup("<option")
            attribute("value", value)
            markup(value == chosen ? " selected>" : ">")
            self.text(text)
            markup("</option>")
        }
        markup("</select>\n")
    }
}
