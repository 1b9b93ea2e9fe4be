import HealthCore
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One thread for all conversations by datagrams, while there are any.
///
/// The event loops' own channels know no sockets with pending errors: an ICMP message of a router or firewall, or an empty
/// datagram, would end their connection for another reason, or the process.
package final class DatagramLoop: Sendable {
    private struct State {
        var arrivals: [DatagramConversation] = []
        /// Both ends of what wakes the thread; nil while there is none.
        var bell: (ring: Int32, hear: Int32)?
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    package init() {}

    /// Takes over a conversation and its socket, which is closed before its end is told.
    func begin(_ conversation: DatagramConversation) throws {
        do throws(CheckFailure) {
            try state.withLock { state throws(CheckFailure) in
                if state.bell == nil {
                    let bell = try Self.bell()
                    state.bell = bell
                    thread.start()
                    thread.submit { [self] _ in run(hearing: bell.hear) }
                }
                state.arrivals.append(conversation)
            }
        } catch {
            close(conversation.descriptor)
            throw error
        }
        wake()
    }

    /// Has the thread look at what has changed.
    func wake() {
        state.withLock { state in
            guard let bell = state.bell else { return }
            // A full one rings already.
            _ = unsafe send(bell.ring, [1], 1, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
    }

    private static func bell() throws(CheckFailure) -> (ring: Int32, hear: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind =
            Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw NetworkReasons.failure(errno: errno, "opening a socket")
        }
        return (ends[0], ends[1])
    }

    private func run(hearing bell: Int32) {
        var conversations: [DatagramConversation] = []
        while let arrivals = arrivals(hasOthers: !conversations.isEmpty) {
            conversations += arrivals
            let watched = wait(for: conversations, bell)
            let now = NIODeadline.now()
            conversations = zip(conversations, watched).compactMap { conversation, events in
                var conversation = conversation
                guard let end = conversation.advance(hasNews: events != 0, now: now) else { return conversation }
                close(conversation.descriptor)
                end()
                return nil
            }
        }
    }

    /// Who has come; nil when nobody is left, and then the thread is free.
    private func arrivals(hasOthers: Bool) -> [DatagramConversation]? {
        state.withLock { state in
            if !hasOthers, state.arrivals.isEmpty, let bell = state.bell {
                close(bell.ring)
                close(bell.hear)
                state.bell = nil
                return nil
            }
            defer { state.arrivals = [] }
            return state.arrivals
        }
    }

    /// What poll(2) says of each, once there is something to read, to send or to end.
    private func wait(for conversations: [DatagramConversation], _ bell: Int32) -> [Int16] {
        let sockets = [bell] + conversations.map(\.descriptor)
        var watched = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let next = conversations.map(\.sendsNext).min() ?? .now()
        let left = max(0, (next - .now()).nanoseconds)
        let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
        guard unsafe poll(&watched, nfds_t(watched.count), milliseconds) > 0 else {
            return conversations.map { _ in 0 }
        }
        if watched[0].revents != 0 { silence(bell) }
        return watched.dropFirst().map(\.revents)
    }

    private func silence(_ bell: Int32) {
        var byte: UInt8 = 0
        while unsafe recv(bell, &byte, 1, Int32(MSG_DONTWAIT)) > 0 {}
    }
}
