import HealthCore

extension HealthDocument {
    /// The same in the words of the IETF's draft (draft-inadarei-api-health-check-06), for those who ask for `application/health+json`.
    package func renderHealthJSON() -> [UInt8] {
        JSONWriter.document { json in
            json.field("status", Self.word(health.verdict.readiness))
            json.field("releaseId", identity.version)
            json.field("serviceId", identity.instance)
            json.field("description", "health of \(identity.name) in \(identity.environment)")
            json.key("checks")
            json.object { json in
                for component in worstFirst {
                    for index in component.checks { writeHealthJSON(health.checks[index], into: &json) }
                }
            }
        }
    }

    private func writeHealthJSON(_ check: HealthSnapshot.Check, into json: inout JSONWriter) {
        json.key("\(check.registration.id.component):\(check.registration.id.check)")
        json.array([check]) { json, check in
            json.object { json in
                json.field("componentId", check.registration.id.component)
                json.field("componentType", check.registration.kind)
                if let run = check.lastRun {
                    json.field("observedValue", run.duration.seconds)
                    json.field("observedUnit", "s")
                    json.field("time", run.timestamp.rfc3339)
                }
                json.field("status", Self.word(check.state.status))
                let output = showsDetails ? check.lastRun?.message : nil
                // The draft wants it left out where all is well.
                if check.state.status != .healthy { json.field("output", output ?? check.state.reason?.rawValue) }
            }
        }
    }

    private static func word(_ readiness: Readiness) -> String {
        switch readiness {
        case .ready: "pass"
        case .degraded: "warn"
        case .notReady: "fail"
        }
    }

    private static func word(_ status: HealthStatus) -> String {
        switch status {
        case .healthy: "pass"
        case .degraded, .unknown: "warn"
        case .unhealthy: "fail"
        }
    }
}
