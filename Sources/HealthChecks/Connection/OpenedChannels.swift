package import NIOCore
import Synchronization

/// The channels that one run opened: all are closed at its end or its cancellation, also those that come later.
package final class OpenedChannels: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Notes a channel; closes it at once when the run is over.
    package func add(_ channel: any Channel) {
        let mustClose = state.withLock { state in
            state.channels.append(channel)
            return state.isClosed
        }
        if mustClose { channel.close(promise: nil) }
    }

    /// Closes what was opened and what will be.
    package func close() {
        let channels = state.withLock { state in
            state.isClosed = true
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
