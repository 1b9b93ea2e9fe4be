import HealthCore
import StateFile

/// How the state file is.
struct StateFacts: Sendable {
    /// Why it is not written; nil while it is.
    var problem: StateFileProblem?
    /// With its write-ahead log, in bytes; 0 when it was never opened.
    var sizeBytes: Int64 = 0
    /// When a batch was last written, or found unnecessary.
    var lastWrite: Timestamp?
    /// The file that was moved aside at the start, because it was damaged.
    var movedAside: String?

    /// Its rows in `/metrics`; none without a state file.
    static let families: [MetricFamily<StateFacts?>] = [
        MetricFamily(
            "health_exporter_state_writable",
            from: .lean,
            help: "1 while what happens is written to the state file; 0 when it is kept in memory only."
        ) { facts in facts.map { $0.problem == nil ? 1 : 0 } },
        MetricFamily(
            "health_exporter_state_size_bytes",
            help: "The size of the state file with its write-ahead log."
        ) { facts in facts.map { Double($0.sizeBytes) } },
        MetricFamily(
            "health_exporter_state_last_write_timestamp_seconds",
            help: "When the state file was last up to date; 0 is never."
        ) { facts in facts.map { $0.lastWrite?.seconds ?? 0 } },
    ]
}

extension StateFacts {
    /// What is wrong with the file, in sentences.
    var warnings: [String] {
        var warnings: [String] = []
        if let problem {
            warnings.append(
                "The state file can't be used (\(problem.kind.rawValue)): what happens is kept in memory only. The log says more."
            )
        }
        if movedAside != nil { warnings.append("The state file was damaged and is moved aside: history began anew.") }
        return warnings
    }
}
