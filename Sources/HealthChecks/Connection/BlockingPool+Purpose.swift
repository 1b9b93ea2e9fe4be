extension BlockingPool {
    /// What the threads of a pool are for, as its messages say it.
    package enum Purpose: Sendable, CustomStringConvertible {
        /// Files, and databases whose library blocks.
        case files
        case names
        case patterns

        package var description: String {
            switch self {
            case .files: "files and databases"
            case .names: "names"
            case .patterns: "patterns"
            }
        }

        /// What to do when nothing more may wait.
        var advice: String {
            switch self {
            case .files: "look for hung mounts and databases, or raise limits.blocking_threads"
            case .names: "look for silent name servers"
            case .patterns: "look for patterns on long texts, or give this process more CPU"
            }
        }

        /// Why a run got no thread.
        var shortage: String {
            switch self {
            case .files: "calls about files and databases hang, or limits.blocking_threads is too small"
            case .names: "other lookups of names hang: \(advice)"
            case .patterns: "other searches for patterns take long: \(advice)"
            }
        }
    }
}
