import HealthChecks
import HealthCore
import NIOCore
import Synchronization

/// The places of one listener: the budget, and the channels that hold a place.
final class ConnectionPlaces: Sendable {
    private struct State {
        var budget: ConnectionBudget
        /// The addresses from which the last probes came.
        var probers = RecentSet<IPAddress>(capacity: 64)
        var channels: [ConnectionBudget.Place: any Channel] = [:]
    }

    /// The listener, as metrics name it.
    let listener: String
    private let state: Mutex<State>

    /// Places for so many connections at once.
    init(listener: String, capacity: Int) {
        self.listener = listener
        state = Mutex(State(budget: ConnectionBudget(capacity: capacity)))
    }

    /// What metrics tell.
    var facts: ConnectionFacts {
        state.withLock { ConnectionFacts(listener: listener, open: $0.budget.open, refused: $0.budget.refused) }
    }

    /// A place, and whether its holder is preferred over others.
    typealias Admitted = (place: ConnectionBudget.Place, isPreferred: Bool)

    /// Gives a channel a place, closing another one if need be; nil when there is none, and the channel has to be closed.
    ///
    /// Preferred are peers of this machine, and addresses from which probes have come.
    func admit(_ channel: any Channel) -> Admitted? {
        let address = channel.remoteAddress.flatMap { IPAddress($0) }
        let isLoopback = Self.isLoopback(address)
        let (admitted, closing) = state.withLock { state -> (Admitted?, (any Channel)?) in
            let isPreferred = isLoopback || address.map { state.probers.contains($0) } == true
            let network = PeerNetwork(of: channel.remoteAddress)
            switch state.budget.admit(from: network, isPreferred: isPreferred, at: channel.eventLoop.now) {
            case .admitted(let place):
                state.channels[place] = channel
                return ((place, isPreferred), nil)
            case .replaces(let place, let oldest):
                state.channels[place] = channel
                return ((place, isPreferred), state.channels.removeValue(forKey: oldest))
            case .refused: return (nil, nil)
            }
        }
        closing?.close(promise: nil)
        return admitted
    }

    /// A probe came from a peer: its later connections are preferred.
    func recordProbe(from peer: SocketAddress?) {
        guard let address = peer.flatMap({ IPAddress($0) }) else { return }
        state.withLock { $0.probers.insert(address) }
    }

    /// Counts bytes of a request that isn't whole yet; false when the connection has to be closed.
    func receive(_ count: Int, on place: ConnectionBudget.Place) -> Bool {
        state.withLock { $0.budget.receive(count, on: place) }
    }

    /// Bytes that were counted are not kept any more.
    func release(_ count: Int, on place: ConnectionBudget.Place) {
        state.withLock { $0.budget.release(count, on: place) }
    }

    /// Records what a connection does from now on.
    func update(_ place: ConnectionBudget.Place, to phase: ConnectionBudget.Phase, at now: NIODeadline) {
        state.withLock { $0.budget.update(place, to: phase, at: now) }
    }

    /// Gives a place back.
    func leave(_ place: ConnectionBudget.Place) {
        state.withLock { state in
            state.budget.leave(place)
            state.channels[place] = nil
        }
    }

    /// Peers on this machine; those on a Unix socket have no address, and are.
    private static func isLoopback(_ address: IPAddress?) -> Bool {
        guard let address else { return true }
        let bytes = (address.mappedV4 ?? address).bytes
        return (bytes.count == 4 && bytes[0] == 127) || bytes == Array(repeating: 0, count: 15) + [1]
    }
}

/// The places of the listeners: a third of the file descriptors that the process may have at most, so that checks have theirs.
struct ListenerPlaces: Sendable {
    /// Those of the main listener.
    let main: ConnectionPlaces
    /// Those of the probe listener.
    let probe: ConnectionPlaces
    /// Those of the admin socket.
    let admin: ConnectionPlaces
    /// Those of the listeners that metrics count.
    let all: [ConnectionPlaces]
    /// How many connections all listeners together may have.
    let capacity: Int

    /// Free places; without a main listener only those of the probe listener are counted.
    ///
    /// - Parameter descriptors: how many files the process may have open (getrlimit(2), RLIMIT_NOFILE).
    init(servesMain: Bool, descriptors: Int) {
        // At 256: 48, 32 and 8; from 5,462 on as many as anybody needs.
        let main = min(MainListener.maximumConnections, max(16, descriptors / 16 * 3))
        let probe = min(ProbeListener.maximumConnections, max(16, descriptors / 8))
        let admin = min(AdminListener.maximumConnections, max(4, descriptors / 32))
        self.main = ConnectionPlaces(listener: "main", capacity: main)
        self.probe = ConnectionPlaces(listener: "probe", capacity: probe)
        self.admin = ConnectionPlaces(listener: "admin", capacity: admin)
        all = servesMain ? [self.main, self.probe] : [self.probe]
        capacity = main + probe + admin
    }
}
