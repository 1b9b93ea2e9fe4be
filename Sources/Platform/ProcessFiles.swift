/// The file descriptors of this process.
package enum ProcessFiles {
    /// How many are open; nil when `/proc` doesn't tell.
    package static func openCount() -> Int? {
        // Since Linux 6.2 the directory's size tells; before, it is 0.
        var status = stat()
        if unsafe stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return Int(status.st_size) }
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while let entry = unsafe readdir(directory) {
            let isDot = unsafe entry.pointee.d_name.0 == CChar(UInt8(ascii: "."))
            if !isDot { count += 1 }
        }
        // The directory's own descriptor is one of them.
        return count - 1
    }

    /// The message of a run that found no descriptor free.
    package static let usedUpMessage = "no file descriptor is free: raise the limit of open files (ulimit -n)"

    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// How many may be open (`RLIMIT_NOFILE`, soft); nil when there is no limit.
    package static func limit() -> Int? {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return nil }
        return Int(exactly: limit.rlim_cur)
    }

    /// Whether this process or machine can't open one more file (`EMFILE`, `ENFILE`).
    package static var areUsedUp: Bool {
        let descriptor = unsafe open("/", O_RDONLY | O_CLOEXEC)
        let code = errno
        guard descriptor < 0 else {
            close(descriptor)
            return false
        }
        return code == EMFILE || code == ENFILE
    }

    /// Open over allowed, 0 to 1; 1 when not even the list of them can be opened.
    package static func openRatio() -> Double? {
        if areUsedUp { return 1 }
        guard let open = openCount(), let limit = limit(), limit > 0 else { return nil }
        return Double(open) / Double(limit)
    }

    /// Opens `/dev/null` in place of standard input, output and error where this process was started without them.
    ///
    /// A new descriptor gets the lowest free number (open(2)): a connection would, and then whatever is printed.
    package static func openStandardOnes() {
        while true {
            let descriptor = unsafe open("/dev/null", O_RDWR)
            guard descriptor > STDERR_FILENO else {
                if descriptor < 0 { return }
                continue
            }
            close(descriptor)
            return
        }
    }

    /// Raises the soft limit to the hard one: a sidecar inherits 1,024, which a few hundred checks use up.
    package static func raiseLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(resource, &limit)
    }
}
