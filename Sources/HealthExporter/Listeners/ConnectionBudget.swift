import NIOCore

/// Which connections have a place at a listener, which one gives way when there is none, and how much all may send at once.
///
/// Pure: it decides and counts; ``ConnectionPlaces`` closes. A connection has a place from accept to close. When there is none, the oldest
/// idle connection gives way to a new one; then, so that whoever holds most places keeps nobody out, one of a network that has more than
/// the new one's: first of those without a whole request, then of those that are being answered; last, one of its own network that is
/// without a whole request. A connection that was just accepted doesn't count as idle: slow requests that hold all other places must not have it closed.
struct ConnectionBudget: Sendable {
    /// What a connection is doing.
    enum Phase: Sendable {
        /// Nothing of a request has come.
        case idle
        /// A part of a request has come.
        case receiving
        /// A whole request has come, and its answer isn't written out yet.
        case answering
    }

    /// What becomes of a new connection.
    enum Admission: Equatable, Sendable {
        case admitted(Place)
        /// Admitted, and another one has to be closed.
        case replaces(Place, closing: Place)
        case refused
    }

    /// A connection's place, by a number that is never used again.
    typealias Place = UInt64

    private struct Entry: Sendable {
        let isPreferred: Bool
        let network: PeerNetwork
        var phase = Phase.idle
        /// When it was accepted, or its last answer ended.
        var idleSince: NIODeadline
        var bytes = 0
    }

    /// How many places there are.
    let capacity: Int
    /// How many of them only preferred peers get: those of this machine, and those that have sent probes, such as a kubelet.
    let preferredShare: Int
    /// How many bytes of requests that are not whole yet all connections together may have sent.
    let maximumBytes: Int
    /// New connections refused, older ones that gave way, and those that sent more than there is room for.
    private(set) var refused: UInt64 = 0
    private var entries: [Place: Entry] = [:]
    private var others = 0
    private var holdings: [PeerNetwork: Int] = [:]
    private var bytes = 0
    private var nextPlace: Place = 0

    /// How long a connection is new.
    private static let grace = TimeAmount.seconds(1)
    /// Room for requests, on average of all places; a scrape's has 500 bytes.
    private static let bytesPerPlace = 16 * 1024

    /// A budget without connections.
    init(capacity: Int) {
        self.capacity = capacity
        preferredShare = capacity / 8
        maximumBytes = capacity * Self.bytesPerPlace
    }

    /// How many connections have a place.
    var open: Int { entries.count }

    /// Gives a new connection a place if there is one, or one whose holder can give way.
    mutating func admit(from network: PeerNetwork, isPreferred: Bool, at now: NIODeadline) -> Admission {
        let mustReplaceOther = !isPreferred && others >= capacity - preferredShare
        let entry = Entry(isPreferred: isPreferred, network: network, idleSince: now)
        guard mustReplaceOther || entries.count >= capacity else { return .admitted(add(entry)) }
        refused += 1
        guard let oldest = firstToGiveWay(to: entry, onlyOthers: mustReplaceOther) else { return .refused }
        leave(oldest)
        return .replaces(add(entry), closing: oldest)
    }

    private mutating func add(_ entry: Entry) -> Place {
        defer { nextPlace += 1 }
        entries[nextPlace] = entry
        holdings[entry.network, default: 0] += 1
        if !entry.isPreferred { others += 1 }
        return nextPlace
    }

    private func firstToGiveWay(to new: Entry, onlyOthers: Bool) -> Place? {
        let ranked = entries.lazy.filter { !(onlyOthers && $0.value.isPreferred) }.compactMap { place, entry in
            rank(of: entry, against: new).map { (rank: $0, since: entry.idleSince, place: place) }
        }
        return ranked.min { ($0.rank, $0.since, $0.place) < ($1.rank, $1.since, $1.place) }?.place
    }

    /// In which order connections give way to a new one, the smallest first; nil for those that don't.
    private func rank(of entry: Entry, against new: Entry) -> Int? {
        if entry.phase == .idle, new.idleSince - entry.idleSince >= Self.grace { return 0 }
        let (its, own) = (holdings[entry.network, default: 0], holdings[new.network, default: 0])
        switch entry.phase {
        case .answering: return its > own + 1 ? 2 : nil
        case .idle, .receiving: return its > own ? 1 : entry.network == new.network ? 3 : nil
        }
    }

    /// Records what a connection does from now on; without effect once its place is gone.
    mutating func update(_ place: Place, to phase: Phase, at now: NIODeadline) {
        guard var entry = entries[place], entry.phase != phase else { return }
        entry.phase = phase
        if phase == .idle { entry.idleSince = now }
        entries[place] = entry
    }

    /// Counts bytes of a request that isn't whole yet; false when there is no room for them, and the connection has to be closed.
    mutating func receive(_ count: Int, on place: Place) -> Bool {
        guard entries[place] != nil else { return true }
        guard count <= maximumBytes - bytes else {
            refused += 1
            return false
        }
        bytes += count
        entries[place]?.bytes += count
        return true
    }

    /// Bytes of a request that was counted are not kept any more; without effect once its place is gone.
    mutating func release(_ count: Int, on place: Place) {
        guard let entry = entries[place] else { return }
        let released = min(count, entry.bytes)
        bytes -= released
        entries[place]?.bytes -= released
    }

    /// Gives a place back; without effect once it is gone.
    mutating func leave(_ place: Place) {
        guard let entry = entries.removeValue(forKey: place) else { return }
        bytes -= entry.bytes
        if !entry.isPreferred { others -= 1 }
        let left = holdings[entry.network, default: 1] - 1
        holdings[entry.network] = left > 0 ? left : nil
    }
}
