import HealthCore
import Synchronization

/// Answers the three probes from what is known; never runs a check, and never waits for one.
final class ProbeResponder: Sendable {
    /// A probe of Kubernetes.
    enum Probe: String, CaseIterable, Sendable {
        case liveness, readiness, startup
    }

    private let store: StatusStore
    private let stalls: StallMonitor
    private let time: any TimeSource
    private let lastRequests = Mutex<[Probe: Timestamp]>([:])

    /// Answers from a store and the progress of loops.
    init(store: StatusStore, stalls: StallMonitor, time: any TimeSource) {
        self.store = store
        self.stalls = stalls
        self.time = time
    }

    /// The answer to a probe.
    func reply(to probe: Probe, _ target: RequestTarget) -> HTTPReply {
        let timestamp = time.timestamp
        lastRequests.withLock { $0[probe] = timestamp }
        let isVerbose = target.has("verbose")
        switch probe {
        case .liveness: return liveness(timestamp, isVerbose)
        case .readiness: return readiness(timestamp, isVerbose)
        case .startup: return startup(timestamp, isVerbose)
        }
    }

    private func liveness(_ timestamp: Timestamp, _ isVerbose: Bool) -> HTTPReply {
        let stalled = stalls.stalled
        let status = stalled.isEmpty ? 200 : 503
        guard isVerbose else { return .json(status, ProbeDocuments.liveness(stalled: stalled, at: timestamp)) }
        let lines = stalls.ages.map { VerboseText.Line($0.name, problem: stalled.contains($0.name) ? "stalled" : nil) }
        return .text(status, VerboseText.render(probe: "livez", lines: lines, isPassing: stalled.isEmpty))
    }

    private func readiness(_ timestamp: Timestamp, _ isVerbose: Bool) -> HTTPReply {
        guard isVerbose else {
            let verdict = store.verdict()
            let uptime = Moment.zero.duration(to: time.moment)
            let body = ProbeDocuments.readiness(verdict, uptime: uptime, at: timestamp)
            return .json(verdict.readiness.isReady ? 200 : 503, body)
        }
        let health = store.snapshot()
        let isReady = health.verdict.readiness.isReady
        var lines = health.components.map { component in
            let (status, reason) = (component.state.gatingStatus, health.gatingReason(of: component)?.rawValue)
            let name = component.registration.name
            if status > .degraded { return VerboseText.Line(name, problem: reason ?? status.rawValue) }
            return VerboseText.Line(name, remark: status == .degraded ? reason ?? status.rawValue : nil)
        }
        lines += health.groups.map { group in
            let status = group.gatingStatus
            if status > .degraded { return VerboseText.Line(group.registration.name, problem: status.rawValue) }
            return VerboseText.Line(group.registration.name, remark: status == .degraded ? status.rawValue : nil)
        }
        if case .notReady(let cause) = health.verdict.readiness, cause == .shuttingDown || cause == .starting {
            lines.insert(VerboseText.Line(cause == .starting ? "startup" : "shutdown", problem: cause.rawValue), at: 0)
        }
        return .text(isReady ? 200 : 503, VerboseText.render(probe: "readyz", lines: lines, isPassing: isReady))
    }

    private func startup(_ timestamp: Timestamp, _ isVerbose: Bool) -> HTTPReply {
        let health = isVerbose ? store.snapshot() : nil
        let waitingFor = (health?.verdict ?? store.verdict()).startup.waitingFor
        let status = waitingFor.isEmpty ? 200 : 503
        guard let health else { return .json(status, ProbeDocuments.startup(waitingFor: waitingFor, at: timestamp)) }
        let lines = health.startupLines(waitingFor: waitingFor)
        return .text(status, VerboseText.render(probe: "startupz", lines: lines, isPassing: waitingFor.isEmpty))
    }

    /// What the probes answer now, for metrics.
    func facts() -> [ProbeFacts] {
        let (verdict, last) = (store.verdict(), lastRequests.withLock { $0 })
        return Probe.allCases.map { probe in
            let isPassing =
                switch probe {
                case .liveness: stalls.stalled.isEmpty
                case .readiness: verdict.readiness.isReady
                case .startup: verdict.hasStarted
                }
            return ProbeFacts(probe: probe, isPassing: isPassing, lastRequest: last[probe])
        }
    }
}
