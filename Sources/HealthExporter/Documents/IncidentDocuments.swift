import HealthCore

/// Incidents as JSON, as CSV and as a feed.
enum IncidentDocuments {
    /// An array, newest first.
    static func json(_ incidents: [Incident], at now: Timestamp) -> [UInt8] {
        var json = JSONWriter()
        json.array(incidents) { json, incident in
            json.object { json in
                json.field("id", Int(incident.id))
                json.field("component", incident.component)
                json.field("status", incident.worst.rawValue)
                json.field("reason", incident.reason?.rawValue)
                json.field("hint", incident.reason?.hint)
                json.field("start", incident.start.rfc3339)
                json.field("end", incident.end?.rfc3339)
                json.field("duration_seconds", incident.length(at: now).seconds)
                json.field("drill", incident.isDrill)
                json.field("maintenance", incident.wasInMaintenance)
                json.field("roots", texts: incident.roots)
            }
        }
        return json.bytes
    }

    private static let columns = [
        "id", "component", "status", "reason", "start", "end", "duration_seconds", "drill", "maintenance", "roots",
    ]

    /// A table (RFC 4180), newest first.
    static func csv(_ incidents: [Incident], at now: Timestamp) -> [UInt8] {
        let rows = incidents.map { incident in
            [
                String(incident.id), incident.component, incident.worst.rawValue, incident.reason?.rawValue ?? "",
                incident.start.rfc3339, incident.end?.rfc3339 ?? "",
                JSONWriter.text(of: incident.length(at: now).seconds), String(incident.isDrill),
                String(incident.wasInMaintenance), incident.roots.joined(separator: " "),
            ].map(field).joined(separator: ",")
        }
        return Array(([columns.joined(separator: ",")] + rows).map { $0 + "\r\n" }.joined().utf8)
    }

    private static func field(_ text: String) -> String {
        let isPlain = !text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// A feed (RFC 4287) of the last incidents, for readers of an address such as `https://health.example`.
    static func atom(
        _ incidents: [Incident],
        of identity: ServiceIdentity,
        query: IncidentQuery = IncidentQuery(),
        address: String,
        at now: Timestamp
    ) -> [UInt8] {
        HTMLWriter.document { xml in
            xml.markup("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
            xml.markup("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n")
            xml.element("title", "\(identity.name) (\(identity.environment)): incidents")
            xml.element("id", "\(address)/incidents\(query.parameters)")
            xml.element("link", with: [("rel", "self"), ("href", "\(address)/incidents.atom\(query.parameters)")]) {
                _ in
            }
            xml.element("link", with: [("rel", "alternate"), ("href", "\(address)/incidents\(query.parameters)")]) {
                _ in
            }
            xml.element("updated", (incidents.map { $0.end ?? $0.start }.max() ?? now).rfc3339)
            xml.element("author") { $0.element("name", identity.name) }
            for incident in incidents { write(incident, address: address, at: now, into: &xml) }
            xml.markup("\n</feed>\n")
        }
    }

    private static func write(
        _ incident: Incident,
        address: String,
        at now: Timestamp,
        into xml: inout HTMLWriter
    ) {
        let state = incident.end == nil ? "" : ", over"
        let length = ShortText.span(incident.length(at: now))
        xml.markup("\n<entry>")
        xml.element("title", "\(incident.component): \(incident.worst.rawValue)\(state)")
        // Unique although ids begin anew without a state file.
        xml.element("id", "\(address)/incidents#\(incident.component)-\(incident.start.rfc3339)")
        xml.element("link", with: [("href", "\(address)/components/\(incident.component)")]) { _ in }
        xml.element("published", incident.start.rfc3339)
        xml.element("updated", (incident.end ?? incident.start).rfc3339)
        xml.element(
            "summary",
            [incident.summary, "It lasted \(length)\(incident.end == nil ? " so far" : "")."].joined(separator: " ")
        )
        xml.markup("</entry>")
    }
}

extension Incident {
    /// How long it lasted, or has lasted.
    func length(at now: Timestamp) -> Duration {
        max(.zero, start.duration(to: end ?? now))
    }

    /// Why, in sentences.
    var summary: String {
        var sentences = [reason?.hint ?? "No reason is known."]
        if isDrill { sentences.append("It was a drill.") }
        if wasInMaintenance { sentences.append("It was in maintenance.") }
        if !roots.isEmpty { sentences.append("It followed from \(roots.joined(separator: ", ")).") }
        return sentences.joined(separator: " ")
    }
}
