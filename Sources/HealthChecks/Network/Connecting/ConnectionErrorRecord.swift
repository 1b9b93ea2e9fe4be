import NIOCore
import Synchronization

/// The first error of the connection of a run, kept also when no handler listened yet.
final class ConnectionErrorRecord: Sendable {
    private let first = Mutex<(any Error)?>(nil)

    /// The first error; nil when there was none.
    var error: (any Error)? { first.withLock { $0 } }

    /// Keeps the first error only: those that follow are its consequences.
    func record(_ error: any Error) {
        first.withLock { if $0 == nil { $0 = error } }
    }

    /// The recorded error in place of one that says no more than that the channel is closed; else the error itself.
    func rootCause(of error: any Error) -> any Error {
        switch error {
        case is ChannelPipelineError: self.error ?? ChannelError.ioOnClosedChannel
        case let closed as ChannelError where [.ioOnClosedChannel, .alreadyClosed].contains(closed):
            self.error ?? error
        default: error
        }
    }
}
