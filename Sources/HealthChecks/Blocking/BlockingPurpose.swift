/// What the threads of a ``BlockingPool`` are for; messages name it.
package enum BlockingPurpose: Sendable, CustomStringConvertible {
    /// Files, and databases whose client library blocks.
    case files
    /// Lookups of host names.
    case names
    /// Searches for patterns in long texts.
    case patterns

    /// The purpose as messages name it.
    package var description: String {
        switch self {
        case .files: "files and databases"
        case .names: "names"
        case .patterns: "patterns"
        }
    }

    /// What an operator can do when the queue is full.
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
