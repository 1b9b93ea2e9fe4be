import HealthCore
import Synchronization

/// Answers the three probes from what is known; asks nobody, and never waits for a check.
final class ProbeResponder: Sendable {
    /// A probe of Kubernetes.
    enum Probe: String, CaseIterable, Sendable {
        case liveness, readiness, startup

        /// The paths of each probe, the main one first; the aliases are what Kubernetes, Spring and Prometheus call them.
        private static let pathsByProbe: [(probe: Probe, paths: [String])] = [
            (.liveness, ["/livez", "/healthz", "/-/healthy"]),
            (.readiness, ["/readyz", "/ready", "/health", "/-/ready"]),
            (.startup, ["/startupz", "/startup"]),
        ]

        /// The probe of a path.
        init?(path: Substring) {
            let entry = Self.pathsByProbe.first { $0.paths.contains { $0 == path } }
            guard let entry else { return nil }
            self = entry.probe
        }

        /// Every path of every probe.
        static let paths = pathsByProbe.flatMap(\.paths)

        var path: String {
            switch self {
            case .liveness: "/livez"
            case .readiness: "/readyz"
            case .startup: "/startupz"
            }
        }
    }

    private let store: StatusStore
    private let stalls: StallMonitor
    private let time: any TimeSource
    private let lastRequests = Mutex<[Probe: Timestamp]>([:])

    init(store: StatusStore, stalls: StallMonitor, time: any TimeSource) {
        self.store = store
        self.stalls = stalls
        self.time = time
    }

    /// The answer to a probe; nil for any other path.
    func reply(to target: RequestTarget) -> HTTPReply? {
        guard let probe = Probe(path: target.path) else { return nil }
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
            return VerboseText.Line(name, note: status == .degraded ? reason ?? status.rawValue : nil)
        }
        lines += health.groups.map { group in
            let status = group.gatingStatus
            if status > .degraded { return VerboseText.Line(group.registration.name, problem: status.rawValue) }
            return VerboseText.Line(group.registration.name, note: status == .degraded ? status.rawValue : nil)
        }
        if case .notReady(let cause) = health.verdict.readiness, cause == .shuttingDown || cause == .starting {
            lines.insert(VerboseText.Line(cause == .starting ? "startup" : "shutdown", problem: cause.rawValue), at: 0)
        }
        return .text(isReady ? 200 : 503, VerboseText.render(probe: "readyz", lines: lines, isPassing: isReady))
    }

    private func startup(_ timestamp: Timestamp, _ isVerbose: Bool) -> HTTPReply {
        let waitingFor = store.waitingFor()
        let status = waitingFor.isEmpty ? 200 : 503
        guard isVerbose else { return .json(status, ProbeDocuments.startup(waitingFor: waitingFor, at: timestamp)) }
        let lines = store.snapshot().startupLines(waitingFor: waitingFor)
        return .text(status, VerboseText.render(probe: "startupz", lines: lines, isPassing: waitingFor.isEmpty))
    }

    /// What the probes answer now, for metrics.
    func facts() -> [ExporterFacts.Probe] {
        let (verdict, last) = (store.verdict(), lastRequests.withLock { $0 })
        return Probe.allCases.map { probe in
            let isPassing =
                switch probe {
                case .liveness: stalls.stalled.isEmpty
                case .readiness: verdict.readiness.isReady
                case .startup: verdict.hasStarted
                }
            return .init(name: probe.rawValue, isPassing: isPassing, lastRequest: last[probe])
        }
    }
}
