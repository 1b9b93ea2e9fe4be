import HealthChecks

/// `POST /-/reload`: loads the configuration anew, and says what changed or what is wrong.
struct ReloadRoute: Sendable {
    /// Reloads, and waits for the result.
    let reload: @Sendable () async -> ReloadResult

    /// Loads, and waits for the result.
    func reply() async -> HTTPReply {
        switch await reload() {
        case .stopped: return .error(503, "the exporter stops", hint: "send it again after the restart")
        case .refused(let error):
            return .json(
                400,
                JSONWriter.document { json in
                    json.field("error", "the new configuration was refused; the old one goes on")
                    json.field("hint", "health-exporter check-config FILE says the same")
                    json.field("errors", texts: error.problems.map { $0.description(file: error.file) })
                }
            )
        case .reloaded(let plan):
            return .json(
                200,
                JSONWriter.document { json in
                    json.field("status", "reloaded")
                    json.field("added", texts: plan.added)
                    json.field("removed", texts: plan.removed)
                    json.field("changed", texts: plan.changed)
                    json.field("unchanged", plan.unchanged)
                    json.field("restart_needed", texts: plan.restartNeeded)
                }
            )
        }
    }
}
