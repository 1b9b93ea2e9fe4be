import HealthCore

/// The bodies of the three probes: names and reason codes only, so that anybody may read them.
///
/// At most 8 KiB each.
enum ProbeDocuments {
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

    static func startup(waitingFor: [String], at timestamp: Timestamp) -> [UInt8] {
        JSONWriter.document { json in
            json.field("status", waitingFor.isEmpty ? "started" : "starting")
            if !waitingFor.isEmpty { json.field("waiting_for", texts: bounded(waitingFor)) }
            json.field("timestamp", timestamp.rfc3339)
        }
    }

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
        json.key("causes")
        json.array(fitting(verdict.causes)) { write($1, into: &$0) }
        json.field("timestamp", timestamp.rfc3339)
    }

    private static func write(_ cause: HealthVerdict.Cause, into json: inout JSONWriter) {
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

    /// What the list of causes may take of 8 KiB.
    private static let maximumCauseBytes = 7 * 1024 + 512

    /// As many as fit, from the worst on.
    private static func fitting(_ causes: [HealthVerdict.Cause]) -> ArraySlice<HealthVerdict.Cause> {
        var size = 0
        return causes.prefix { cause in
            var json = JSONWriter()
            write(cause, into: &json)
            size += json.bytes.count + 1
            return size <= maximumCauseBytes
        }
    }

    /// Room for 100 names of 63 bytes with their punctuation.
    private static func bounded(_ names: [String]) -> [String] {
        names.count <= 100 ? names : names.prefix(100) + ["and \(names.count - 100) more"]
    }
}

/// The plain-text list that Kubernetes' own components answer with to `?verbose`.
enum VerboseText {
    /// One line of the list.
    struct Line {
        let name: String
        /// Nil is good.
        let problem: String?
        let note: String?

        init(_ name: String, problem: String? = nil, note: String? = nil) {
            self.name = name
            self.problem = problem
            self.note = note
        }

        fileprivate var text: String {
            if let problem { return "[-]\(name) failed: \(problem)\n" }
            return "[+]\(name) ok\(note.map { ": \($0)" } ?? "")\n"
        }
    }

    private static let maximumBytes = 8 * 1024 - 128

    static func render(probe: String, lines: [Line], isPassing: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        let failedFirst = lines.filter { $0.problem != nil } + lines.filter { $0.problem == nil }
        for (index, line) in failedFirst.enumerated() {
            if bytes.count + line.text.utf8.count > maximumBytes {
                bytes += "and \(failedFirst.count - index) more\n".utf8
                break
            }
            bytes += line.text.utf8
        }
        bytes += "\(probe) check \(isPassing ? "passed" : "failed")\n".utf8
        return bytes
    }
}
