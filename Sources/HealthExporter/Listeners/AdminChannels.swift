import NIOCore
import Synchronization

/// The connections, and with HTTP/2 the streams, whose request comes from an authenticated administrator.
///
/// A connection answers one request at a time, so that a place in the set is enough.
final class AdminChannels: Sendable {
    private let channels = Mutex<Set<ObjectIdentifier>>([])

    /// Records whose request a channel answers from now on.
    func record(_ channel: any Channel, isAdmin: Bool) {
        channels.withLock { channels in
            if isAdmin {
                channels.insert(ObjectIdentifier(channel))
            } else {
                channels.remove(ObjectIdentifier(channel))
            }
        }
    }

    /// Whether the request that a channel answers comes from an administrator.
    func contains(_ channel: any Channel) -> Bool {
        channels.withLock { $0.contains(ObjectIdentifier(channel)) }
    }
}
