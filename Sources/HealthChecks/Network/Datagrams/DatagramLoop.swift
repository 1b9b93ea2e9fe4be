import HealthCore
import NIOCore
import NIOPosix
import Platform
import Synchronization

/// One thread for all conversations by datagrams, while there are any.
///
/// The channels of SwiftNIO do not expect sockets with pending errors: an ICMP message, or an empty datagram, would end their
/// connection for another reason, or the process.
package final class DatagramLoop: Sendable {
    private struct State {
        /// Conversations that the thread has not seen yet.
        var added: [DatagramConversation] = []
        /// A byte to `sender` wakes the thread, which polls `receiver`; nil while there is no thread.
        var wakeup: (sender: Int32, receiver: Int32)?
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    /// A loop whose thread starts with the first conversation.
    package init() {}

    /// Takes over a conversation and its socket, which is closed before the end is delivered.
    func begin(_ conversation: DatagramConversation) throws {
        do throws(CheckFailure) {
            try state.withLock { state throws(CheckFailure) in
                if state.wakeup == nil {
                    guard let wakeup = Socket.makeDatagramPair() else {
                        throw NetworkReasons.failure(errno: errno, "opening a socket")
                    }
                    state.wakeup = (wakeup.first, wakeup.second)
                    thread.start()
                    thread.submit { [self] _ in run(wokenBy: wakeup.second) }
                }
                state.added.append(conversation)
            }
        } catch {
            close(conversation.descriptor)
            throw error
        }
        wake()
    }

    /// Has the thread see what has changed, such as a cancellation.
    func wake() {
        state.withLock { state in
            // When the socket is full the thread wakes already.
            if let wakeup = state.wakeup { _ = Socket.send([1], to: wakeup.sender) }
        }
    }

    private func run(wokenBy wakeup: Int32) {
        var conversations: [DatagramConversation] = []
        while let added = removeAdded(hasOthers: !conversations.isEmpty) {
            conversations += added
            let events = wait(for: conversations, wakeup: wakeup)
            let now = NIODeadline.now()
            conversations = zip(conversations, events).compactMap { conversation, events in
                var conversation = conversation
                guard let end = conversation.advance(isReady: events != 0, now: now) else { return conversation }
                close(conversation.descriptor)
                end()
                return nil
            }
        }
    }

    /// The conversations added since the last call; nil when none are left, and then the thread is free.
    private func removeAdded(hasOthers: Bool) -> [DatagramConversation]? {
        state.withLock { state in
            if !hasOthers, state.added.isEmpty, let wakeup = state.wakeup {
                close(wakeup.sender)
                close(wakeup.receiver)
                state.wakeup = nil
                return nil
            }
            defer { state.added = [] }
            return state.added
        }
    }

    /// The events of poll(2) for each conversation, once there is something to read, to send or to end.
    private func wait(for conversations: [DatagramConversation], wakeup: Int32) -> [Int16] {
        let sockets = [wakeup] + conversations.map(\.descriptor)
        var watched = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let next = conversations.map(\.nextSend).min() ?? .now()
        let left = max(0, (next - .now()).nanoseconds)
        let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
        guard unsafe poll(&watched, nfds_t(watched.count), milliseconds) > 0 else {
            return conversations.map { _ in 0 }
        }
        if watched[0].revents != 0 { drain(wakeup) }
        return watched.dropFirst().map(\.revents)
    }

    private func drain(_ wakeup: Int32) {
        var byte: [UInt8] = [0]
        while Socket.receive(from: wakeup, into: &byte) > 0 {}
    }
}
