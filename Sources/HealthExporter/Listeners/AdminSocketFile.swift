import HealthChecks
import Platform

extension AdminSocketPath {
    /// What the kernel knows of the file at the path, or at another one; nil when there is none.
    ///
    /// - Parameter followsLinks: whether a symbolic link stands for what it points to, or for itself.
    static func file(at path: String, followsLinks: Bool = false) throws(Problem) -> FileStatus? {
        do throws(FileStatus.Failure) {
            return try FileStatus(at: path, followsLinks: followsLinks)
        } catch {
            throw Problem(description: "it can't be inspected: \(NetworkReasons.text(errno: error.code))")
        }
    }
}
