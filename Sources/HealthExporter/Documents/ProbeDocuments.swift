import HealthCore

/// The bodies of the three probes: names and reason codes only, so that anybody may read them.
///
/// At most 8 KiB each.
enum ProbeDocuments {
    /// The body of `/livez`.
    ///
    /// - Parameter stalled: the loops without progress within the limit.
    static func liveness(stalled: [String], at timestamp: Timestamp) -> [UInt8] {
        JSONWriter.document { json in
            json.field("status", stalled.isEmpty ? "healthy" : "unhealthy")
            if !stalled.isEmpty {
                json.field("reason", "stalled")
                json.field("stalled", texts: stalled)
            }
            json.field("timestamp", timestamp.rfc3339)
        }
    }

    /// The body of `/startupz`.
    ///
    /// - Parameter waitingFor: the tasks, components and groups that start-up waits for.
    static func startup(waitingFor: [String], at timestamp: Timestamp) -> [UInt8] {
        JSONWriter.document { json in
            json.field("status", waitingFor.isEmpty ? "started" : "starting")
            if !waitingFor.isEmpty { json.field("waiting_for", texts: bounded(waitingFor)) }
            json.field("timestamp", timestamp.rfc3339)
        }
    }

    /// The body of `/readyz`.
    static func readiness(_ verdict: HealthVerdict, uptime: Duration, at timestamp: Timestamp) -> [UInt8] {
        JSONWriter.document { json in
            readinessFields(verdict, uptime: uptime, at: timestamp, into: &json)
        }
    }

    /// The fields that `/readyz` and `/health/detailed` share.
    ///
    /// - Parameter countsComponents: false where the components themselves follow under the same key.
    static func readinessFields(
        _ verdict: HealthVerdict,
        uptime: Duration,
        at timestamp: Timestamp,
        countsComponents: Bool = true,
        into json: inout JSONWriter
    ) {
        json.field("status", verdict.readiness.name)
        if case .notReady(let cause) = verdict.readiness { json.field("reason", cause.rawValue) }
        json.field("uptime_seconds", (uptime.seconds * 1000).rounded() / 1000)
        if countsComponents {
            json.key("components")
            json.object { json in
                for status in HealthStatus.allCases { json.field(status.rawValue, verdict.components[status]) }
            }
        }
        json.field("causes", parts: fitting(verdict.causes.map(CauseDocument.init)))
        json.field("timestamp", timestamp.rfc3339)
    }

    /// How many of the 8 KiB the list of causes may have.
    private static let maximumCauseBytes = 7 * 1024 + 512

    /// As many as fit, from the worst on.
    private static func fitting(_ causes: [CauseDocument]) -> ArraySlice<CauseDocument> {
        var size = 0
        return causes.prefix { cause in
            var json = JSONWriter()
            cause.write(into: &json)
            size += json.bytes.count + 1
            return size <= maximumCauseBytes
        }
    }

    /// The first 100 names: 100 names of 63 bytes and their punctuation fit into 8 KiB.
    private static func bounded(_ names: [String]) -> [String] {
        names.count <= 100 ? names : names.prefix(100) + ["and \(names.count - 100) more"]
    }
}

/// A check or component that makes the service other than healthy.
private struct CauseDocument: JSONPart {
    let cause: HealthCause

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("component", cause.component)
            json.field("check", cause.check)
            json.field("status", cause.status.rawValue)
            json.field("reason", cause.reason?.rawValue)
            json.field("hint", cause.reason?.hint)
            json.field("since", cause.since?.rfc3339)
            json.field("failures", cause.failures)
        }
    }
}
