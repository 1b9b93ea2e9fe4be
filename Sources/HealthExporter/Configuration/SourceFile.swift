import HealthChecks
import HealthCore

/// A file that a configuration was read from, with what it held.
package struct SourceFile: Sendable, Equatable {
    /// An absolute path, or one that counts from the working directory.
    package let path: String
    /// Of the bytes; nil when it could not be read.
    package let hash: UInt64?

    /// The file as it is now.
    package init(path: String) {
        self.path = path
        hash = (try? SettingFiles.guarded(path)).map { stableHash($0.bytes) }
    }

    /// A file that was read.
    init(path: String, hash: UInt64?) {
        self.path = path
        self.hash = hash
    }

    /// Whether it holds something else now.
    package var hasChanged: Bool {
        SourceFile(path: path) != self
    }
}
