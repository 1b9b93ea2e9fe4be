import CSQLite
import HealthCore

/// How a database is opened.
package enum SQLiteAccess: Sendable {
    /// An existing file, to be read and written.
    case readWrite
    /// To be read, while others write.
    case readOnly
    /// To be read, and nobody writes: needs no files beside it, so that a read-only directory will do.
    case immutable
}

/// SQLite's connection, closed when nothing refers to it any more.
@safe
final class SQLiteHandle {
    /// Of SQLite.
    let pointer: OpaquePointer
    /// Of the file, as people know it.
    let path: String

    /// Opens a file.
    init(_ path: String, _ access: SQLiteAccess) throws(StateFileProblem) {
        // A path is never a URI, and never `:memory:`.
        var name = path.hasPrefix("/") ? path : "./\(path)"
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        flags |= access == .readWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        if access == .immutable {
            flags |= SQLITE_OPEN_URI
            name = "file:\(name.percentEncoded { $0.isUnreservedInURL || $0 == UInt8(ascii: "/") })?immutable=1"
        }
        var pointer: OpaquePointer?
        let code = unsafe sqlite3_open_v2(name, &pointer, flags, nil)
        guard let opened = unsafe pointer else {
            throw StateFileProblem(kind: .unavailable, message: "\(path): no memory to open it")
        }
        unsafe self.pointer = opened
        self.path = path
        if code != SQLITE_OK { throw problem() }
    }

    deinit {
        // Statements that are still referred to keep it open until the last of them is gone.
        unsafe sqlite3_close_v2(pointer)
    }

    /// Why the last call failed.
    func problem() -> StateFileProblem {
        let text = unsafe sqlite3_errmsg(pointer).map { unsafe String(cString: $0) } ?? ""
        let code = unsafe sqlite3_extended_errcode(pointer)
        let isOfSystem = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(code & 0xFF)
        let system = isOfSystem ? unsafe sqlite3_system_errno(pointer) : 0
        return SQLiteFailure(code: code, systemCode: system, text: text).problem(of: path)
    }
}
