import HealthCore

/// A component in the list of the status page.
struct ComponentRow {
    /// What is shown.
    let facts: ComponentFacts
    /// When the page is made.
    let now: Timestamp
    /// Whether the address of the page leaves it out.
    var isHidden = false

    private var current: ComponentFacts.Current { facts.current }

    /// The attributes that the script filters and sorts by; they are in the units in which it compares them.
    private var data: [(StaticString, String?)] {
        let measured = facts.measured
        return [
            ("id", "c-\(facts.name)"), ("data-component", facts.name), ("data-status", current.status.rawValue),
            ("data-reason", current.reason?.rawValue), ("data-impact", facts.impact.rawValue),
            ("data-group", facts.group), ("data-owner", facts.owner),
            ("data-worst", String(facts.severity)),
            ("data-since", current.second.map { String($0) }),
            ("data-p95", measured.sortLatency < 0 ? nil : JSONWriter.text(of: measured.sortLatency)),
            ("data-ratio", measured.sortRatio > 1 ? nil : JSONWriter.text(of: measured.sortRatio * 100)),
            ("data-quiet", current.isSuppressed ? "" : nil),
        ]
    }

    /// Writes the element of the list.
    func write(into html: inout HTMLWriter) {
        html.markup("<li class=\"c\"")
        for (name, value) in data { html.attribute(name, value) }
        html.markup(isHidden ? " hidden>" : ">")
        html.shape(current.status)
        html.markup("<a class=\"name\"")
        html.attribute("href", "/components/\(facts.name.urlEncoded)")
        html.markup(">")
        html.name(facts.name)
        html.markup("</a><p class=\"state\"><b>")
        html.text(current.status.rawValue)
        html.markup("</b>")
        if let since = current.since {
            html.markup(" for ")
            html.age(of: since, at: now)
        }
        writeBadges(into: &html)
        html.markup("</p>\n")
        writeReason(into: &html)
        html.bar(facts.measured.bar)
        writeNumbers(into: &html)
        writeFacts(into: &html)
        html.markup("</li>\n")
    }

    private func writeBadges(into html: inout HTMLWriter) {
        if current.drill != nil { html.markup(" <span class=\"badge\">drill</span>") }
        if current.isInMaintenance { html.markup(" <span class=\"badge\">maintenance</span>") }
        if current.status == .unknown, let reason = current.reason {
            html.markup(" ")
            html.element("span", styled: "badge", reason.words)
        }
        guard !current.suppressedBy.isEmpty else { return }
        html.markup(" <span class=\"badge\">suppressed by ")
        for (index, root) in current.suppressedBy.enumerated() {
            if index > 0 { html.markup(", ") }
            html.link(to: root)
        }
        html.markup("</span>")
    }

    private func writeReason(into html: inout HTMLWriter) {
        guard current.reason != nil || current.confirming != nil else { return }
        html.markup("<p class=\"why\">")
        if let reason = current.reason {
            html.element("b", reason.words)
            html.text(". \(reason.hint)")
        }
        if let confirming = current.confirming {
            html.text(" \(confirming.words)")
        }
        html.markup("</p>")
    }

    private func writeNumbers(into html: inout HTMLWriter) {
        html.markup("<dl class=\"ratios\">")
        for (window, ratio) in zip(SuccessHistory.Window.allCases, facts.measured.ratios) {
            html.markup("<div><dt>")
            html.text(window.words)
            html.markup("</dt><dd>")
            html.text(ratio ?? "–")
            html.markup("</dd></div>")
        }
        html.markup("</dl><dl class=\"speed\">")
        html.fact("p50") { $0.text(facts.measured.p50 ?? "–") }
        html.fact("p95") { $0.text(facts.measured.p95 ?? "–") }
        html.markup("</dl>")
    }

    private func writeFacts(into html: inout HTMLWriter) {
        html.markup("<p class=\"facts\">")
        html.care(facts.impact, owner: facts.owner, runbook: facts.runbook, of: facts.name)
        html.markup("</p>\n")
    }
}

/// A group in the list of the status page, around its members.
struct GroupRow {
    /// What is shown.
    let facts: GroupFacts

    /// Writes the element of the list with its members.
    func write(_ members: [ComponentRow], into html: inout HTMLWriter) {
        html.markup("<li class=\"g\"")
        html.attribute("id", "g-\(facts.name)")
        html.attribute("data-group", facts.name)
        html.markup(members.allSatisfy(\.isHidden) ? " hidden>\n" : ">\n")
        writeHeading(into: &html)
        html.markup("<ul class=\"rows\">\n")
        for member in members { member.write(into: &html) }
        html.markup("</ul></li>\n")
    }

    /// Writes what stands above the members.
    func writeHeading(into html: inout HTMLWriter) {
        html.markup("<div class=\"gh\"")
        html.attribute("data-worst", String(facts.severity))
        html.attribute("data-status", facts.status.rawValue)
        html.markup(">")
        html.shape(facts.status)
        html.markup("<h3>")
        html.name(facts.name)
        html.markup("</h3><p class=\"state\"><b>")
        html.text(facts.status.rawValue)
        html.markup("</b></p><p class=\"need\">needs ")
        html.text(facts.requirement)
        html.markup("</p>")
        html.care(facts.impact, owner: facts.owner, runbook: facts.runbook, of: facts.name)
        html.markup("</div>\n")
    }
}

extension HTMLWriter {
    /// What a status does to the service, who looks after it, and what is to be done.
    fileprivate mutating func care(_ impact: Impact, owner: String?, runbook: String?, of name: String) {
        markup("<span class=\"impact\"")
        attribute("data-impact", impact.rawValue)
        markup(">")
        text(impact.rawValue)
        markup("</span>")
        if let owner { element("span", styled: "owner") { $0.name(owner) } }
        if let runbook { self.runbook(runbook, of: name) }
    }

    /// A link to what is to be done.
    mutating func runbook(_ address: String, of name: String) {
        markup("<a rel=\"noreferrer\"")
        attribute("href", address)
        markup(">runbook<span class=\"vh\"> of ")
        text(name)
        markup("</span></a> ")
    }
}

extension SuccessHistory.Window {
    /// As people write it: `24 h`, `7 d`.
    var words: String { "\(rawValue.dropLast()) \(rawValue.suffix(1))" }
}
