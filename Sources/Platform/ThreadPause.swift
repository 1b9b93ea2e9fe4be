/// Lets the calling thread sleep; for threads of their own, never for one that runs checks or answers requests.
package enum ThreadPause {
    /// Sleeps for a time, longer by what the system needs (nanosleep(2)).
    package static func sleep(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return }
        var (wanted, rest) = (timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000)), timespec())
        // A signal ends it early, with the rest of the time.
        while unsafe nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
    }
}
