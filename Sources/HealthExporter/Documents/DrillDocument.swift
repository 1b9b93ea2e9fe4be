import HealthCore

/// A drill, in the document of its component and in the answer to the request that started it.
struct DrillDocument: JSONPart {
    /// What is shown, why and until when.
    let drill: Drill

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("status", drill.status.rawValue)
            json.field("readiness", drill.affectsReadiness)
            json.field("reason", drill.reason)
            json.field("by", drill.by)
            json.field("since", drill.start.rfc3339)
            json.field("until", drill.end.rfc3339)
        }
    }
}
