/// Reads files that are known to be small: those of the kernel, secrets, configurations.
package enum SmallFile {
    /// The file's bytes, at most `limit` of them; nil when it can't be read.
    ///
    /// A pipe is not waited for (open(2), O_NONBLOCK): without a writer it is empty, with one that is silent it can't be read.
    package static func read(_ path: String, limit: Int) -> [UInt8]? {
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY
        var descriptor = unsafe open(path, flags | O_NONBLOCK)
        // Somebody has a lease on it (fcntl(2), F_SETLEASE) and is asked to give it up, which takes a while.
        if descriptor < 0, errno == EWOULDBLOCK { descriptor = unsafe open(path, flags) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return read(descriptor, limit: limit)
    }

    /// Reads from a descriptor to the end, at most `limit` bytes; nil when it can't be read.
    package static func read(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count < limit {
            let wanted = min(chunk.count, limit - bytes.count)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Platform.read(descriptor, $0.baseAddress, wanted) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return bytes
    }
}
