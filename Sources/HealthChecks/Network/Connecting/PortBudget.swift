import NIOCore
import Platform
import Synchronization

/// Tells when short connections to one address would use up the ephemeral ports of this machine.
///
/// The side that closes a connection first keeps its port in TIME_WAIT for a minute (`TCP_TIMEWAIT_LEN`, RFC 9293 §3.6.1), so that
/// the connections of a minute to one address have to fit into the range of ephemeral ports (ip(7),
/// `ip_local_port_range`). A reset at the end frees the port at once, but servers log it, and it drops what was not read.
/// It is sent only where a quarter of the range is used.
final class PortBudget: Sendable {
    private struct State {
        /// Since the start of the machine.
        var minute: UInt64 = 0
        /// Connections by address, in this minute and in the one before.
        var current: [SocketAddress: Int] = [:]
        var previous: [SocketAddress: Int] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter ports: how many ephemeral ports there are; nil for the number that the system has.
    init(ports: Int? = nil) {
        limit = max(1, (ports ?? EphemeralPorts.count) / 4)
    }

    /// Counts one more connection to an address; true when it should end with a reset.
    func use(_ address: SocketAddress, now: NIODeadline = .now()) -> Bool {
        let minute = now.uptimeNanoseconds / 60_000_000_000
        return state.withLock { state in
            if minute != state.minute {
                state.previous = minute == state.minute + 1 ? state.current : [:]
                state.current = [:]
                state.minute = minute
            }
            let count = state.current[address, default: 0] + 1
            state.current[address] = count
            return count + state.previous[address, default: 0] > limit
        }
    }
}
