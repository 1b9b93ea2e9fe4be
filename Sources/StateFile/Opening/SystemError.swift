import Platform

/// What the system says when a call for a file fails.
enum SystemError {
    /// A call for creating or changing a file failed with an error number.
    static func problem(_ code: Int32, writing path: String) -> StateFileProblem {
        let text = SystemErrorText.text(of: code)
        switch code {
        case EROFS, EACCES, EPERM:
            return StateFileProblem(
                kind: .readOnly,
                message:
                    "\(path): can't be written (\(text)): make the file and its directory writable for the exporter"
            )
        case ENOSPC, EDQUOT:
            return StateFileProblem(
                kind: .full,
                message: "\(path): there is no room to write (\(text)): free some on the file system"
            )
        case ENOENT, ENOTDIR:
            return StateFileProblem(
                kind: .unavailable,
                message: "\(path): its directory does not exist: create it, and give it to the exporter"
            )
        default: return StateFileProblem(kind: .unavailable, message: "\(path): can't be written (\(text))")
        }
    }
}
