import HealthCore

/// A file that a configuration names, with what it held when the configuration was read.
package struct SettingFile: Hashable, Sendable {
    /// An absolute path, or one that counts from the working directory.
    package let path: String
    /// Its contents, at most ``SettingFiles/maximumBytes`` when it was read from this machine.
    package let bytes: [UInt8]
    /// Of the bytes: files that differ are told apart without comparing all of them.
    let digest: UInt64

    /// A file with its contents, whose digest is computed here.
    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        digest = stableHash(bytes)
    }

    /// Whether path and contents are the same; the digests are compared first, because most differences end there.
    package static func == (left: SettingFile, right: SettingFile) -> Bool {
        left.digest == right.digest && left.path == right.path && left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(digest)
    }
}

/// Reads the files that a configuration names, each once a load, and remembers which they were.
package final class SettingFiles {
    /// Longer files are no keys, no certificates and no secrets.
    package static let maximumBytes = 2 * 1024 * 1024

    /// Reads a file by its path.
    package typealias Read = (String) throws(GuardedFile.Problem) -> GuardedFile.Contents

    /// A file, and who may read it.
    package struct Entry: Sendable {
        /// Its path and contents.
        package let file: SettingFile
        /// Whether everybody on the machine may read it.
        package let isReadableByOthers: Bool
    }

    private let read: Read
    private var known: [String: Result<Entry, GuardedFile.Problem>] = [:]
    private var accepted: [String: Bool] = [:]
    /// What was read, in order; without a hash when it could not be read.
    package private(set) var all: [(path: String, hash: UInt64?)] = []

    /// - Parameter read: reads a file; without it those of this machine are read.
    package init(read: @escaping Read = SettingFiles.guarded) {
        self.read = read
    }

    /// Reads a file of this machine; returns also when its file system hangs.
    package static func guarded(_ path: String) throws(GuardedFile.Problem) -> GuardedFile.Contents {
        try GuardedFile.read(path, limit: maximumBytes)
    }

    /// A file as it was when it was first asked for.
    package func entry(_ path: String) throws(GuardedFile.Problem) -> Entry {
        if let known = known[path] { return try known.get() }
        let result: Result<Entry, GuardedFile.Problem>
        do throws(GuardedFile.Problem) {
            let contents = try read(path)
            let file = SettingFile(path: path, bytes: contents.bytes)
            result = .success(Entry(file: file, isReadableByOthers: contents.isReadableByOthers))
        } catch {
            result = .failure(error)
        }
        known[path] = result
        all.append((path, (try? result.get())?.file.digest))
        return try result.get()
    }

    /// Whether a file passes a test, which is made once for each purpose.
    func isAccepted(_ path: String, for purpose: String, _ test: (SettingFile) -> Bool) -> Bool {
        let name = "\(purpose) \(path)"
        if let known = accepted[name] { return known }
        let result = (try? entry(path)).map { test($0.file) } ?? false
        accepted[name] = result
        return result
    }
}
