/// Why a state file can't be used.
package struct StateFileProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What an owner can react to.
    package enum Kind: String, Sendable, CaseIterable {
        /// A database of another program, or no database at all; it was left as it was.
        case foreign
        /// A later version of the exporter wrote it; it was left as it was.
        case newer
        /// The file, its directory or the file system can't be written.
        case readOnly = "read_only"
        /// Another exporter uses it, or another program writes to it for longer than the exporter waits.
        case locked
        /// The file system has no room, or the file has reached its own limit.
        case full
        /// The content is not what SQLite or the exporter wrote.
        case damaged
        /// No directory, no permission, an error of the device.
        case unavailable
    }

    /// What happened.
    package let kind: Kind
    /// What, where, and what would be right.
    package let message: String

    /// A problem of a kind.
    package init(kind: Kind, message: String) {
        (self.kind, self.message) = (kind, message)
    }

    package var description: String { message }
}
