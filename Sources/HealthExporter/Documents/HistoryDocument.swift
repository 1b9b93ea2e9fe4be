import HealthCore

/// The past of a component as the bars of its page show it, as JSON.
struct HistoryDocument {
    /// What one bar stands for.
    let step: HistoryStep
    /// The past.
    let history: HistoryStore.Component
    /// The incidents of the component.
    let incidents: [Incident]
    /// When the document is made.
    let now: Timestamp

    /// The document.
    func render() -> [UInt8] {
        JSONWriter.document { json in
            json.field("by", step.rawValue)
            json.field("step_seconds", Int(step.seconds))
            json.key("slots")
            switch step {
            case .runs: json.array(history.lastRuns.suffix(step.count)) { json, run in write(run, into: &json) }
            case .hours: write(history.success.byHour, into: &json)
            case .days: write(history.success.byDay, into: &json)
            }
        }
    }

    private func write(_ run: (check: String, run: RunHistory.Run), into json: inout JSONWriter) {
        json.object { json in
            json.field("start", run.run.timestamp.rfc3339)
            json.field("check", run.check)
            json.field("result", run.run.kind.rawValue)
            json.field("reason", run.run.reason?.rawValue)
            json.field("duration_seconds", Double(run.run.duration))
        }
    }

    private func write(_ series: SuccessSeries, into json: inout JSONWriter) {
        json.array(series.last(step.count, at: now)) { json, slot in
            let start = Timestamp(nanosecondsSinceEpoch: slot.step * step.seconds * 1_000_000_000)
            let end = start.advanced(by: .seconds(step.seconds))
            json.object { json in
                json.field("start", start.rfc3339)
                json.field("good", Int(slot.count.good))
                json.field("bad", Int(slot.count.bad))
                json.key("incidents")
                json.array(incidents.lazy.filter { $0.overlaps(start, end) }) { json, incident in
                    json.object { json in
                        json.field("status", incident.worst.rawValue)
                        json.field("reason", incident.reason?.rawValue)
                        json.field("start", incident.start.rfc3339)
                        json.field("end", incident.end?.rfc3339)
                    }
                }
            }
        }
    }
}
