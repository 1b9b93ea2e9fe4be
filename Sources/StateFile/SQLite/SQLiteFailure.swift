import CSQLite
import Platform

/// A call of SQLite that failed.
struct SQLiteFailure {
    /// The extended result code.
    let code: Int32
    /// The error number of the system call behind it; 0 when there is none.
    let systemCode: Int32
    /// SQLite's words.
    let text: String

    /// What an owner can do about it.
    var kind: StateFileProblem.Kind {
        // SQLite says "I/O error" for what these numbers say better.
        if code & 0xFF == SQLITE_IOERR || code & 0xFF == SQLITE_CANTOPEN {
            if systemCode == ENOSPC || systemCode == EDQUOT { return .full }
            if systemCode == EROFS { return .readOnly }
        }
        switch code & 0xFF {
        case SQLITE_FULL: return .full
        case SQLITE_READONLY: return .readOnly
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: return .locked
        // The file system says itself that it has lost something.
        case SQLITE_IOERR where code == SQLITE_IOERR | (33 << 8): return .damaged
        case SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_IOERR, SQLITE_NOLFS, SQLITE_INTERRUPT, SQLITE_AUTH:
            return .unavailable
        // The statements are right for the schema that is ours: when one of them fails, then the file has another schema.
        default: return .damaged
        }
    }

    /// The same as a problem of a file.
    func problem(of path: String) -> StateFileProblem {
        let what =
            switch kind {
            case .full: "there is no room to write: free some on the file system, or raise the limit of the file"
            case .readOnly: "can't be written: make the file and its directory writable for the exporter"
            case .locked: "another program has it locked: end that program's transaction"
            case .damaged: "the content is damaged"
            case .foreign, .newer, .unavailable: "can't be read or written: check permissions, directory and device"
            }
        let system = systemCode == 0 ? "" : ", \(SystemErrorText.text(of: systemCode))"
        return StateFileProblem(kind: kind, message: "\(path): \(what) (SQLite \(code): \(text)\(system))")
    }
}
