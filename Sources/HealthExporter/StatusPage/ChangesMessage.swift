import HealthCore
import NIOCore

/// What changed on a page, as it is sent: one buffer for all who get it.
struct ChangesMessage: Sendable {
    /// The sequence after it.
    let sequence: String
    /// The JSON of it.
    let body: [UInt8]
    /// The message as an event of a stream (HTML, §9.2.6).
    let event: ByteBuffer

    /// A larger update is a reset instead: the page that a browser then loads is compressed, and large pages have limits.
    static let maximumUpdate = 256 * 1024

    /// A message.
    init(sequence: String, update: [UInt8]?) {
        let fits = update.flatMap { $0.count <= Self.maximumUpdate ? $0 : nil }
        self.sequence = sequence
        body = fits ?? Self.reset(sequence)
        var event = ByteBuffer()
        event.writeString("event: \(fits == nil ? "reset" : "update")\nid: \(sequence)\ndata: ")
        event.writeBytes(body)
        event.writeString("\n\n")
        self.event = event
    }

    private static func reset(_ sequence: String) -> [UInt8] {
        JSONWriter.document { json in
            json.field("sequence", sequence)
            json.field("reset", true)
        }
    }
}

extension ChangesMessage {
    /// What changed, with the parts of the page in HTML.
    init(_ changes: LivePage.Changes, _ known: PageSnapshot) {
        let update = changes.parts.map { parts in
            JSONWriter.document { json in
                json.field("sequence", changes.sequence)
                Self.write(parts, known, into: &json)
            }
        }
        self.init(sequence: changes.sequence, update: update)
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
