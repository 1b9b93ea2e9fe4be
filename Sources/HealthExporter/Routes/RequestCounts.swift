import HealthCore
import Synchronization

/// Counts answers by path and class of status code; both lists are closed, so that no request can add a series.
final class RequestCounts: Sendable {
    /// A path as the metric names it.
    enum Handler: String, CaseIterable, Sendable {
        case livez = "/livez"
        case readyz = "/readyz"
        case startupz = "/startupz"
        case detailed = "/health/detailed"
        case metrics = "/metrics"
        case page = "/"
        case components = "/api/v1/components"
        case component = "/api/v1/components/{name}"
        case heartbeat = "/api/v1/heartbeats/{component}/{check}"
        case drill = "/api/v1/components/{name}/drill"
        case flags = "/api/v1/flags"
        case evaluateFlags = "/ofrep/v1/evaluate/flags"
        case evaluateFlag = "/ofrep/v1/evaluate/flags/{key}"
        case reload = "/-/reload"
        case other

        /// The handler of a path.
        init(path: Substring) {
            if let probe = ProbeResponder.Probe(path: path) {
                self = Handler(rawValue: probe.path) ?? .other
            } else if path.hasPrefix("/api/v1/components/") {
                // A component may be called `drill`.
                self = path.dropFirst("/api/v1/components/".count).hasSuffix("/drill") ? .drill : .component
            } else if path.hasPrefix("/ofrep/v1/evaluate/flags/") {
                self = .evaluateFlag
            } else if path.hasPrefix(HeartbeatRoute.prefix) {
                self = .heartbeat
            } else {
                self = Handler(rawValue: String(path)) ?? .other
            }
        }

        fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    private static let classes = ExporterFacts.Requests.classes.count
    private let counts = Mutex([UInt64](repeating: 0, count: Handler.allCases.count * classes))

    /// Counts an answer.
    func record(_ handler: Handler, status: Int) {
        let column = min(max(status / 100 - 2, 0), Self.classes - 1)
        counts.withLock { $0[handler.index * Self.classes + column] += 1 }
    }

    /// Everything counted.
    var facts: [ExporterFacts.Requests] {
        let counts = counts.withLock { $0 }
        return Handler.allCases.map { handler in
            let start = handler.index * Self.classes
            return .init(handler: handler.rawValue, counts: Array(counts[start..<(start + Self.classes)]))
        }
    }
}
