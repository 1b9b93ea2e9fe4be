import HealthChecks
import HealthCore

/// A file that a configuration was read from, with what it held.
package struct SourceFile: Sendable, Equatable {
    package let path: String
    /// Of the bytes; nil when it could not be read.
    package let hash: UInt64?

    /// Larger files are no secrets, certificates or configurations.
    private static let maximumBytes = 2 * 1024 * 1024

    /// The file as it is now.
    package init(path: String) {
        self.path = path
        hash = (try? GuardedFile.read(path, limit: Self.maximumBytes)).map { stableHash($0.bytes) }
    }

    /// Whether it holds something else now.
    package var hasChanged: Bool {
        SourceFile(path: path) != self
    }
}
