package import NIOCore
import Synchronization

/// The channels that one run opened: all are closed when it ends or is cancelled, also those that are added later.
package final class OpenedChannels: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// No channels yet.
    package init() {}

    /// Adds a channel; closes it at once when the run is over.
    package func add(_ channel: any Channel) {
        let mustClose = state.withLock { state in
            state.channels.append(channel)
            return state.isClosed
        }
        if mustClose { channel.close(promise: nil) }
    }

    /// Closes the channels that were added and those that will be.
    package func close() {
        let channels = state.withLock { state in
            state.isClosed = true
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
