import HealthCore

/// Incidents, newest first; those that followed from another one stand below it.
struct IncidentList {
    /// An incident with what followed from it.
    typealias Tree = (root: Incident, followers: [Incident])

    /// When the page is made.
    let now: Timestamp
    /// The components about which alerts are suppressed now.
    let suppressed: Set<String>

    /// Root causes, and below each what followed from it while it lasted.
    static func trees(of incidents: [Incident]) -> [Tree] {
        let byComponent = Dictionary(grouping: incidents) { $0.component }
        var (roots, followers) = ([Incident](), [Int64: [Incident]]())
        for incident in incidents {
            let root = incident.roots.lazy.flatMap { byComponent[$0] ?? [] }.first { root in
                root.roots.isEmpty && root.id != incident.id
                    // What goes on although its root cause is over has a cause of its own by now.
                    && (root.end == nil || incident.end != nil)
                    && root.overlaps(incident.start, incident.end ?? .distantFuture)
            }
            if let root { followers[root.id, default: []].append(incident) } else { roots.append(incident) }
        }
        return roots.map { ($0, followers[$0.id] ?? []) }
    }

    /// Writes a list.
    func write(_ trees: [Tree], into html: inout HTMLWriter) {
        html.markup("<ol>\n")
        for tree in trees {
            html.markup(tree.root.end == nil ? "<li class=\"inc now\"" : "<li class=\"inc\"")
            html.attribute("id", "i-\(tree.root.id)")
            html.attribute("data-status", tree.root.worst.rawValue)
            html.attribute("data-quiet", isQuiet(tree.root) ? "" : nil)
            html.markup(">\n")
            write(tree.root, into: &html)
            if !tree.followers.isEmpty { writeFollowers(tree.followers, into: &html) }
            html.markup("</li>\n")
        }
        html.markup("</ol>\n")
    }

    /// Whether nobody is alerted: it is a drill, or alerts are suppressed now; and of the past, whether they were.
    func isQuiet(_ incident: Incident) -> Bool {
        if incident.isDrill { return true }
        if incident.end == nil { return suppressed.contains(incident.component) }
        return incident.wasInMaintenance || !incident.roots.isEmpty
    }

    private func write(_ incident: Incident, into html: inout HTMLWriter) {
        html.markup("<p class=\"head\">")
        html.shape(incident.worst)
        html.link(to: incident.component)
        html.markup(" <span class=\"state\"><b>")
        html.text(incident.worst.rawValue)
        html.markup("</b></span>")
        if incident.isDrill { html.markup(" <span class=\"badge\">drill</span>") }
        if incident.wasInMaintenance { html.markup(" <span class=\"badge\">maintenance</span>") }
        html.markup(" <span class=\"long\">")
        if let end = incident.end {
            html.text(ShortText.span(incident.start.duration(to: end)))
        } else {
            html.age(of: incident.start, at: now)
        }
        html.markup("</span></p>\n")
        if let reason = incident.reason {
            html.markup("<p>")
            html.element("b", "\(reason.words).")
            html.markup(" ")
            html.element("span", styled: "hint", reason.hint)
            html.markup("</p>\n")
        }
        html.markup("<p class=\"when\">")
        html.markup(incident.end == nil ? "since " : "")
        html.time(incident.start)
        if let end = incident.end {
            html.markup(" to ")
            html.time(end)
        }
        if !incident.roots.isEmpty { html.text("; it followed from \(incident.roots.joined(separator: ", "))") }
        html.markup("</p>\n")
    }

    private func writeFollowers(_ followers: [Incident], into html: inout HTMLWriter) {
        html.markup("<details class=\"after\"><summary>")
        html.name(followers[0].component)
        switch followers.count {
        case 1: html.markup(" followed")
        case 2: html.markup(" and one other followed")
        default: html.text(" and \(followers.count - 1) others followed")
        }
        html.markup("</summary>\n<ul>\n")
        for follower in followers {
            html.markup("<li")
            html.attribute("data-status", follower.worst.rawValue)
            html.markup(">")
            html.shape(follower.worst)
            html.link(to: follower.component)
            html.markup(" ")
            html.element("span", "\(follower.worst.rawValue)\(follower.reason.map { ", \($0.words)" } ?? "")")
            html.markup(" ")
            html.element("span", ShortText.span(follower.length(at: now)))
            html.markup("</li>\n")
        }
        html.markup("</ul></details>\n")
    }
}
