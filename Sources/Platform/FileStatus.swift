/// What the kernel knows of the file at a path (stat(2)).
package struct FileStatus: Sendable, Equatable {
    /// The code of a call that failed, as in `errno`.
    package struct Failure: Error {
        /// The error number.
        package let code: Int32
    }

    /// The device that holds the file (`st_dev`).
    package let device: UInt64
    /// The number of the file on its device (`st_ino`).
    package let inode: UInt64
    /// The user whom it belongs to.
    package let owner: UInt32
    /// Whether it is a Unix socket.
    package let isSocket: Bool

    /// The file at a path; nil when there is none.
    ///
    /// - Parameter followsLinks: whether a symbolic link stands for what it points to, or for itself.
    package init?(at path: String, followsLinks: Bool) throws(Failure) {
        var status = stat()
        let result = followsLinks ? unsafe stat(path, &status) : unsafe lstat(path, &status)
        if result != 0 {
            if errno == ENOENT { return nil }
            throw Failure(code: errno)
        }
        (device, inode, owner) = (UInt64(status.st_dev), UInt64(status.st_ino), UInt32(status.st_uid))
        isSocket = status.st_mode & S_IFMT == S_IFSOCK
    }
}
