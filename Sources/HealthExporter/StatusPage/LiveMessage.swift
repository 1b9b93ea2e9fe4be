import HealthCore

extension ChangesMessage {
    /// What changed, with the parts of the page in HTML.
    init(_ changes: LivePage.Changes, _ known: PageSnapshot) {
        sequence = changes.sequence
        isReset = changes.parts == nil
        body = JSONWriter.document { json in
            json.field("sequence", changes.sequence)
            guard let parts = changes.parts else { return json.field("reset", true) }
            json.field("timestamp", known.timestamp.rfc3339)
            Self.write(parts, known, into: &json)
        }
    }

    /// That nothing changed.
    static func nothing(_ sequence: String) -> [UInt8] {
        JSONWriter.document { $0.field("sequence", sequence) }
    }

    private static func write(_ parts: LivePage.Changes.Parts, _ known: PageSnapshot, into json: inout JSONWriter) {
        if let service = parts.service {
            let summary = SummaryView(facts: service, identity: known.identity, now: known.timestamp)
            json.field("state", service.status.rawValue)
            json.field("title", summary.title)
            json.field("summary", String(decoding: summary.render(), as: UTF8.self))
        }
        if !parts.groups.isEmpty {
            json.key("groups")
            json.object { json in
                for group in parts.groups { json.html(group.name) { GroupRow(facts: group).writeHeading(into: &$0) } }
            }
        }
        json.key("rows")
        json.object { json in
            for row in parts.rows {
                json.html(row.name) { ComponentRow(facts: row, now: known.timestamp).write(into: &$0) }
            }
        }
        if !parts.removed.isEmpty { json.field("removed", texts: parts.removed) }
    }
}

extension JSONWriter {
    /// A key with HTML.
    fileprivate mutating func html(_ name: String, _ body: (inout HTMLWriter) -> Void) {
        field(name, String(decoding: HTMLWriter.document(body), as: UTF8.self))
    }
}
