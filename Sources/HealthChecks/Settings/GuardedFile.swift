import Dispatch
import Platform
import Synchronization

/// Reads the files of a configuration, such as secrets and keys.
///
/// Reading ends also for pipes and for files of a file system that hangs.
package enum GuardedFile {
    /// A file as it is.
    package struct Contents: Sendable {
        /// At most as many as were asked for.
        package let bytes: [UInt8]
        /// Whether everybody on the machine may read it.
        package let isReadableByOthers: Bool

        /// Contents as a reader found them; tests give their own.
        package init(bytes: [UInt8], isReadableByOthers: Bool) {
            self.bytes = bytes
            self.isReadableByOthers = isReadableByOthers
        }
    }

    /// Why a file was not read.
    package enum Problem: Error, Sendable, Equatable {
        case unreadable(String)
        /// A pipe, a socket, a device or a folder.
        case notRegular
        /// Its file system does not answer.
        case hangs

        /// One sentence after the name of the file.
        package var text: String {
            switch self {
            case .unreadable(let why): "the file can't be read (\(why)); it must exist and be readable"
            case .notRegular: "this is no regular file"
            case .hangs: "the file system did not answer within \(GuardedFile.patience) s"
            }
        }
    }

    /// How long a file system has to answer.
    static let patience = 5

    /// Files whose reading has not returned; each keeps a thread until it does, and is not read by another one meanwhile.
    ///
    /// Those who ask for one of them meanwhile wait for the same answer, unless somebody has waited in vain.
    private static let underWay = Mutex<[String: Answer]>([:])
    private static let threads = DispatchQueue(label: "configuration files", attributes: .concurrent)

    /// The file's first bytes.
    package static func read(_ path: String, limit: Int) throws(Problem) -> Contents {
        try read(path) { () throws(Problem) -> Contents in try readRegular(path, limit: limit) }
    }

    /// Waits for somebody who reads a file, for as long as a file system may take.
    static func read(
        _ path: String,
        within seconds: Int = patience,
        _ reading: @escaping @Sendable () throws(Problem) -> Contents
    ) throws(Problem) -> Contents {
        let mine = Answer()
        let other = underWay.withLock { underWay -> Answer? in
            if let other = underWay[path] { return other }
            underWay[path] = mine
            return nil
        }
        if let other {
            guard !other.hangs, let result = other.wait(seconds: seconds) else { throw .hangs }
            return try result.get()
        }
        threads.async {
            let result = Result { () throws(Problem) -> Contents in try reading() }
            underWay.withLock { _ = $0.removeValue(forKey: path) }
            mine.give(result)
        }
        guard let result = mine.wait(seconds: seconds) else { throw .hangs }
        return try result.get()
    }

    /// Without blocking on a pipe that nobody writes to (open(2), O_NONBLOCK).
    private static func readRegular(_ path: String, limit: Int) throws(Problem) -> Contents {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        // A socket can't be opened at all.
        guard descriptor >= 0 else {
            throw errno == ENXIO ? .notRegular : .unreadable(NetworkReasons.text(errno: errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(NetworkReasons.text(errno: errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard let bytes = SmallFile.read(descriptor, limit: limit) else {
            throw .unreadable(NetworkReasons.text(errno: errno))
        }
        return Contents(bytes: bytes, isReadableByOthers: status.st_mode & S_IROTH != 0)
    }

    /// Given on one thread, waited for on another, which may have gone.
    private final class Answer: Sendable {
        private let result = Mutex<Result<Contents, Problem>?>(nil)
        private let waitedInVain = Mutex(false)
        private let isThere = DispatchSemaphore(value: 0)

        func give(_ result: Result<Contents, Problem>) {
            self.result.withLock { $0 = result }
            isThere.signal()
        }

        /// Whether somebody waited for it as long as a file system may take.
        var hangs: Bool { waitedInVain.withLock { $0 } }

        func wait(seconds: Int) -> Result<Contents, Problem>? {
            guard isThere.wait(timeout: .now() + .seconds(seconds)) == .success else {
                waitedInVain.withLock { $0 = true }
                return nil
            }
            // For the next who waits.
            isThere.signal()
            return result.withLock { $0 }
        }
    }
}
