import Platform

/// The path of a state file, and of what lies beside it.
struct StateFilePath: Sendable {
    /// What SQLite keeps beside a database.
    static let companions = ["-wal", "-shm", "-journal"]

    /// As it was given.
    let text: String

    /// A path that can be one.
    init(_ text: String) throws(StateFileProblem) {
        guard !text.isEmpty, !text.utf8.contains(0), text.utf8.last != UInt8(ascii: "/") else {
            throw StateFileProblem(
                kind: .unavailable,
                message:
                    "\"\(text.replacing("\0", with: "\\0"))\": is no path of a file; give one such as /var/lib/health-exporter/state.db"
            )
        }
        self.text = text
    }

    /// For SQLite, to which it then is neither a URI nor `:memory:`.
    var forSQLite: String { text.hasPrefix("/") ? text : "./\(text)" }

    /// The directory that it is in.
    var directory: String {
        guard let slash = text.lastIndex(of: "/") else { return "." }
        return slash == text.startIndex ? "/" : String(text[..<slash])
    }

    /// Its last part.
    var name: Substring {
        text.lastIndex(of: "/").map { text[text.index(after: $0)...] } ?? text[...]
    }

    /// How many bytes a file beside it has, or itself; 0 without one.
    func size(_ suffix: String = "") -> Int64 {
        var status = stat()
        return unsafe stat(text + suffix, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// A file, whatever its name is (inode(7)).
    struct Identity: Equatable, Sendable {
        /// The device that it is on.
        let device: UInt64
        /// Its number there.
        let inode: UInt64
    }

    /// Which file is at the path; nil when there is none.
    var identity: Identity? {
        var status = stat()
        guard unsafe stat(text, &status) == 0 else { return nil }
        return Identity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
    }

    /// What is at the path: its size, or nil when there is nothing; throws for what is no regular file.
    func regularFileSize() throws(StateFileProblem) -> Int64? {
        var status = stat()
        guard unsafe lstat(text, &status) == 0 else {
            let code = errno
            if code == ENOENT, unsafe stat(directory, &status) == 0 { return nil }
            if code == ENOENT || code == ENOTDIR { throw SystemError.problem(ENOENT, writing: text) }
            throw StateFileProblem(
                kind: .unavailable,
                message:
                    "\(text): can't be reached (\(SystemErrorText.text(of: code))): check the permissions of its directories"
            )
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StateFileProblem(
                kind: .foreign,
                message: "\(text): is no regular file (a directory, a link or a device); give the path of a file"
            )
        }
        return Int64(status.st_size)
    }
}
