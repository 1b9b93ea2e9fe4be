import NIOCore
import Synchronization

/// Tells when short connections to one address would use up the ports of this machine.
///
/// Who closes a connection first keeps its port in TIME_WAIT for a minute (`TCP_TIMEWAIT_LEN`, RFC 9293 §3.6.1), so that
/// the connections of a minute to one address have to fit into the range of ephemeral ports (ip(7),
/// `ip_local_port_range`). A reset at the end frees the port at once, but servers log it, and it drops what was not read.
/// It is sent only where a quarter of the range is used.
final class PortBudget: Sendable {
    private struct State {
        var minute: UInt64 = 0
        var used: [String: Int] = [:]
        var before: [String: Int] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter ports: how many ephemeral ports there are; nil for what the system says.
    init(ports: Int? = nil) {
        limit = max(1, (ports ?? Self.systemPorts) / 4)
    }

    /// Counts one more connection to an address; true when it should end with a reset.
    func use(_ address: String, now: NIODeadline = .now()) -> Bool {
        let minute = now.uptimeNanoseconds / 60_000_000_000
        return state.withLock { state in
            if minute != state.minute {
                state.before = minute == state.minute + 1 ? state.used : [:]
                state.used = [:]
                state.minute = minute
            }
            let count = state.used[address, default: 0] + 1
            state.used[address] = count
            return count + state.before[address, default: 0] > limit
        }
    }

    private static var systemPorts: Int {
        let bytes = SmallFile.read("/proc/sys/net/ipv4/ip_local_port_range", limit: 64) ?? []
        let ends = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        // Linux' own default.
        return ends.count == 2 && ends[0] <= ends[1] ? ends[1] - ends[0] + 1 : 28_232
    }
}
