import HealthCore
import Synchronization

/// The last free file descriptors of this process, which checks leave alone.
///
/// Two libraries end the process, or wait forever, when nothing more can be opened: libdispatch, which counts its busy threads in
/// `/proc` now and then, and swift-subprocess between two of a command's streams. A check that would touch the reserve fails as
/// `internal` instead.
enum DescriptorReserve {
    /// As many are kept free, or an eighth of those allowed when that is less.
    private static let size = 128

    /// What one command needs at once: its streams, the process itself, and what starting it opens for a moment.
    private static let perCommand = 8

    /// Commands that are being started, whose descriptors are not open yet.
    private static let starting = Atomic<Int>(0)

    /// Fails unless something may be opened; to be asked right before or after it is.
    static func guardAgainstUse() throws(CheckFailure) {
        try require(0)
    }

    /// Notes that a command is about to be started, which `started` must follow.
    static func starts() throws(CheckFailure) {
        let needed = starting.add(perCommand, ordering: .relaxed).newValue
        do {
            try require(needed)
        } catch {
            started()
            throw error
        }
    }

    /// Notes that a command's descriptors are open, or that it could not be started.
    static func started() {
        starting.subtract(perCommand, ordering: .relaxed)
    }

    private static func require(_ more: Int) throws(CheckFailure) {
        let (open, limit) = (ProcessFiles.openCount(), ProcessFiles.limit() ?? .max)
        // Not even the count can be had when nothing is left.
        guard let open, limit - open - more >= min(size, limit / 8) else {
            throw CheckFailure(
                .internal,
                "\(open ?? limit) of \(limit) file descriptors are open, the rest is kept free: raise the limit (ulimit -n)"
            )
        }
    }
}
