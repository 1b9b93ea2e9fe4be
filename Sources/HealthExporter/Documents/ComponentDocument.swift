import HealthCore

/// A component with its checks.
struct ComponentDocument: JSONPart {
    /// Its status, suppression and drill.
    let component: HealthSnapshot.Component
    /// Why it is not healthy.
    let reason: FailureReason?
    /// Whether alerts about it are suppressed, and the root causes that suppress them.
    let suppression: Suppression
    /// Its success ratios over the windows in which they are reported.
    let ratios: [SuccessWindows.Reading]
    /// Its checks, in the order in which they were registered.
    let checks: [CheckDocument]
    /// When the document is made.
    let now: Moment

    func write(into json: inout JSONWriter) {
        let (registration, state) = (component.registration, component.state)
        json.object { json in
            json.field("name", registration.name)
            json.statusFields(state.status, reason, since: state.since)
            json.field("impact", component.impact.rawValue)
            json.field("scope", component.scope.rawValue)
            json.field("group", component.group?.name)
            json.field("owner", component.owner)
            json.field("runbook", component.runbook)
            json.field("objective", registration.objective)
            json.key("success_ratio")
            json.object { json in
                for ratio in ratios { json.field(ratio.window.rawValue, ratio.ratio) }
            }
            // Windows of which less has passed than their name says.
            json.field("success_ratio_partial", texts: ratios.filter { !$0.isFull }.map(\.window.rawValue))
            json.field(
                "latency",
                LatencyDocument(histogram: LatencyHistogram(adding: checks.compactMap(\.metrics?.latency)), now: now)
            )
            json.field("suppressed", suppression.reason?.rawValue)
            json.field("suppressed_by", texts: suppression.rootCauses)
            json.field("drill", state.drill.map(DrillDocument.init))
            json.field("transitions", parts: state.transitions.lazy.map(TransitionDocument.init))
            json.field("checks", parts: checks)
        }
    }
}

extension JSONWriter {
    /// The fields that components and checks begin with after their names.
    mutating func statusFields(_ status: HealthStatus, _ reason: FailureReason?, since: Timestamp?) {
        field("status", status.rawValue)
        field("reason", reason?.rawValue)
        field("hint", reason?.hint)
        field("since", since?.rfc3339)
    }
}

/// A change of status in a component's history.
struct TransitionDocument: JSONPart {
    /// What changed, when and why.
    let transition: Transition

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("timestamp", transition.timestamp.rfc3339)
            json.field("from", transition.from.rawValue)
            json.field("to", transition.to.rawValue)
            json.field("reason", transition.reason?.rawValue)
        }
    }
}

/// Quantiles of how long runs took, since the start and over the last hour.
struct LatencyDocument: JSONPart {
    /// Nil when nothing was measured yet.
    let histogram: LatencyHistogram?
    /// When the document is made: the end of the last hour.
    let now: Moment

    private static let quantiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]

    func write(into json: inout JSONWriter) {
        json.object { json in
            for (name, share) in Self.quantiles { json.field(name, histogram?.quantile(share)) }
            json.key("1h")
            json.object { json in
                for (name, share) in Self.quantiles {
                    json.field(name, histogram?.quantileOfLastHour(share, at: now))
                }
            }
        }
    }
}
