import HealthCore

/// What is known in the format of draft-inadarei-api-health-check-06, for readers that accept `application/health+json`.
struct HealthJSONDocument {
    /// Who the service is.
    let identity: ServiceIdentity
    /// What is known about status.
    let health: HealthSnapshot
    /// Whether the reader may see messages.
    let showsDetails: Bool

    /// The whole document.
    func render() -> [UInt8] {
        JSONWriter.document { json in
            json.field("status", health.verdict.readiness.draftStatus)
            json.field("releaseId", identity.version)
            json.field("serviceId", identity.instance)
            json.field("description", "health of \(identity.name) in \(identity.environment)")
            json.key("checks")
            json.object { json in
                for component in health.componentsWorstFirst {
                    for check in health.checks[component.checks] {
                        let id = check.registration.id
                        json.field(
                            "\(id.component):\(id.check)",
                            parts: [DraftCheck(check: check, output: output(of: check))]
                        )
                    }
                }
            }
        }
    }

    /// What a check says when it is not healthy; the draft wants it left out when all is well.
    private func output(of check: HealthSnapshot.Check) -> String? {
        showsDetails ? check.lastRun?.message ?? check.state.reason?.rawValue : check.state.reason?.rawValue
    }
}

/// A check as the draft has it: an array of one object, §4.
private struct DraftCheck: JSONPart {
    let check: HealthSnapshot.Check
    let output: String?

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("componentId", check.registration.id.component)
            json.field("componentType", check.registration.kind)
            if let run = check.lastRun {
                json.field("observedValue", run.duration.seconds)
                json.field("observedUnit", "s")
                json.field("time", run.timestamp.rfc3339)
            }
            json.field("status", check.state.status.draftStatus)
            if check.state.status != .healthy { json.field("output", output) }
        }
    }
}

extension Readiness {
    /// The status of the service in the words of the draft, §3.1.
    fileprivate var draftStatus: String {
        switch self {
        case .ready: "pass"
        case .degraded: "warn"
        case .notReady: "fail"
        }
    }
}

extension HealthStatus {
    /// The status of a check in the words of the draft, §4.4.
    fileprivate var draftStatus: String {
        switch self {
        case .healthy: "pass"
        case .degraded, .unknown: "warn"
        case .unhealthy: "fail"
        }
    }
}
