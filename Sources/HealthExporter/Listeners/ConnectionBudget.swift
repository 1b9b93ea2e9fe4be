import NIOCore

/// Which connections have a place at a listener, which one gives way when there is none, and how much all may send at once.
///
/// Pure: it decides and counts; ``ConnectionPlaces`` closes. A connection has a place from accept to close. When there is none, the oldest
/// idle connection gives way to a new one, then the one that has been without a whole request for longest; one that is being answered
/// never does. A connection that was just accepted doesn't count as idle: slow requests that hold all other places must not have it closed.
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
    mutating func admit(isPreferred: Bool, at now: NIODeadline) -> Admission {
        let mustReplaceOther = !isPreferred && others >= capacity - preferredShare
        guard mustReplaceOther || entries.count >= capacity else { return .admitted(add(isPreferred, now)) }
        refused += 1
        guard let oldest = firstToGiveWay(onlyOthers: mustReplaceOther, at: now) else { return .refused }
        leave(oldest)
        return .replaces(add(isPreferred, now), closing: oldest)
    }

    private mutating func add(_ isPreferred: Bool, _ now: NIODeadline) -> Place {
        defer { nextPlace += 1 }
        entries[nextPlace] = Entry(isPreferred: isPreferred, idleSince: now)
        if !isPreferred { others += 1 }
        return nextPlace
    }

    private func firstToGiveWay(onlyOthers: Bool, at now: NIODeadline) -> Place? {
        var oldestIdle: (Place, NIODeadline)?
        var oldest: (Place, NIODeadline)?
        for (place, entry) in entries where entry.phase != .answering && !(onlyOthers && entry.isPreferred) {
            if oldest.map({ (entry.idleSince, place) < ($0.1, $0.0) }) ?? true { oldest = (place, entry.idleSince) }
            guard entry.phase == .idle, now - entry.idleSince >= Self.grace else { continue }
            if oldestIdle.map({ (entry.idleSince, place) < ($0.1, $0.0) }) ?? true {
                oldestIdle = (place, entry.idleSince)
            }
        }
        return (oldestIdle ?? oldest)?.0
    }

    /// Records what a connection does from now on; without effect once its place is gone.
    ///
    /// A request that is whole gives its bytes back: what answers it has limits of its own.
    mutating func update(_ place: Place, to phase: Phase, at now: NIODeadline) {
        guard var entry = entries[place], entry.phase != phase else { return }
        entry.phase = phase
        if phase == .idle { entry.idleSince = now }
        if phase != .receiving {
            bytes -= entry.bytes
            entry.bytes = 0
        }
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

    /// Gives a place back; without effect once it is gone.
    mutating func leave(_ place: Place) {
        guard let entry = entries.removeValue(forKey: place) else { return }
        bytes -= entry.bytes
        if !entry.isPreferred { others -= 1 }
    }
}
