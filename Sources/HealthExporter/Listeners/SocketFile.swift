import HealthChecks

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the kernel knows of the file at a path: another file may stand there later.
package struct SocketFile: Sendable, Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let owner: UInt32
    package let isSocket: Bool

    /// The file at a path; nil when there is none.
    ///
    /// - Parameter followsLinks: whether a symbolic link stands for what it points to, or for itself.
    package init?(at path: String, followsLinks: Bool = false) throws(AdminSocketPath.Problem) {
        var facts = stat()
        let result = followsLinks ? unsafe stat(path, &facts) : unsafe lstat(path, &facts)
        if result != 0 {
            if errno == ENOENT { return nil }
            throw AdminSocketPath.Problem(description: "it can't be looked at: \(NetworkReasons.text(errno: errno))")
        }
        (device, inode, owner) = (UInt64(facts.st_dev), UInt64(facts.st_ino), UInt32(facts.st_uid))
        isSocket = facts.st_mode & S_IFMT == S_IFSOCK
    }
}
