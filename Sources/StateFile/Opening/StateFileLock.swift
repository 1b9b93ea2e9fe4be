import Platform

/// The file beside a state file that only one exporter can lock; it also says how the last one ended.
///
/// A lock of its own (flock(2)), because those on the database belong to SQLite and to those who read it meanwhile. The file is
/// never deleted: somebody may just have opened it to lock it.
@safe
final class StateFileLock: Sendable {
    /// How the last exporter left the state file.
    enum Mark: String {
        /// Not at all, or nobody knows.
        case none = ""
        /// It was closed.
        case closed
        /// It was found to be damaged.
        case damaged
    }

    private let descriptor: Int32
    /// What it said when it was locked.
    let mark: Mark

    /// Locks the file beside a path; nil when there is none and none is to be created.
    init?(_ path: StateFilePath, creates: Bool) throws(StateFileProblem) {
        let name = path.text + ".lock"
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (creates ? O_CREAT : 0)
        let descriptor = unsafe open(name, flags, 0o600)
        if descriptor < 0 {
            if errno == ENOENT, !creates { return nil }
            throw SystemError.problem(errno, writing: name)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            Platform.close(descriptor)
            guard code == EWOULDBLOCK else { throw SystemError.problem(code, writing: name) }
            throw StateFileProblem(
                kind: .locked,
                message: "\(path.text): another exporter uses it; stop that one, or give each a path of its own"
            )
        }
        self.descriptor = descriptor
        let text = SmallFile.read(descriptor, limit: 16).map { String(decoding: $0.prefix(16), as: UTF8.self) } ?? ""
        mark = Mark(rawValue: text.trimmingSuffix { $0 == "\n" }) ?? .none
    }

    deinit {
        Platform.close(descriptor)
    }

    /// Says how the state file is; at once on the disk, as it matters after a loss of power.
    func write(_ mark: Mark) {
        _ = ftruncate(descriptor, 0)
        let bytes = Array("\(mark.rawValue)\n".utf8)
        if mark != .none { _ = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) } }
        _ = fsync(descriptor)
    }
}

extension String {
    fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, condition(last) { text.removeLast() }
        return String(text)
    }
}
