import Platform

/// What the first bytes of a file say, before SQLite does anything to it (https://www.sqlite.org/fileformat.html, 1.3).
enum StateFileHeader: Equatable {
    /// There is no file.
    case absent
    /// A file without content, to be begun.
    case empty
    /// A state file.
    case ours

    private static let magic = Array("SQLite format 3\0".utf8)
    private static let length = 100

    /// Reads the header; throws for a file that is not to be touched.
    ///
    /// Closing the file drops the locks that SQLite has on it in this process (fcntl(2)): not for a file that is in use here.
    static func inspect(_ path: StateFilePath, version: Int64) throws(StateFileProblem) -> StateFileHeader {
        guard try path.regularFileSize() != nil else { return .absent }
        let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        var descriptor = unsafe open(path.text, O_RDWR | flags)
        let writeError = descriptor < 0 ? errno : 0
        if descriptor < 0 { descriptor = unsafe open(path.text, O_RDONLY | flags) }
        guard descriptor >= 0 else {
            throw StateFileProblem(
                kind: .unavailable,
                message:
                    "\(path.text): can't be opened (\(SystemErrorText.text(of: errno))): give the exporter the file"
            )
        }
        defer { close(descriptor) }
        guard let bytes = SmallFile.read(descriptor, limit: length) else {
            throw StateFileProblem(kind: .unavailable, message: "\(path.text): can't be read: check its device")
        }
        let header = try parse(Array(bytes.prefix(length)), of: path, version: version)
        if writeError != 0 { throw SystemError.problem(writeError, writing: path.text) }
        return header
    }

    private static func parse(
        _ bytes: [UInt8],
        of path: StateFilePath,
        version: Int64
    ) throws(StateFileProblem) -> StateFileHeader {
        if bytes.isEmpty { return .empty }
        guard bytes.count == length, bytes.starts(with: magic) else {
            throw foreign(path.text, "is no SQLite database")
        }
        guard number(bytes, at: 68) == StateSchema.applicationID else {
            throw foreign(path.text, "is a SQLite database of another program")
        }
        let found = number(bytes, at: 60)
        if found > version { throw newer(path.text, found, supported: version) }
        return .ours
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> Int64 {
        Int64(Int32(truncatingIfNeeded: bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int64($1) }))
    }

    /// The file belongs to something else.
    static func foreign(_ path: String, _ what: String) -> StateFileProblem {
        StateFileProblem(kind: .foreign, message: "\(path): \(what); give the state file a path of its own")
    }

    /// The file belongs to a later exporter.
    static func newer(_ path: String, _ version: Int64, supported: Int64) -> StateFileProblem {
        StateFileProblem(
            kind: .newer,
            message:
                "\(path): has version \(version), and this exporter knows \(supported): use the later exporter, or another path"
        )
    }
}
