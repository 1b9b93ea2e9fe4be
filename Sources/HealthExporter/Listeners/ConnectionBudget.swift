import NIOCore

/// Which connections have a place at a listener, which one gives way when there is none, and how much all may send at once.
///
/// Pure: it decides and counts; ``ConnectionPlaces`` closes. A connection has a place from accept to close. When there is none, the oldest
/// idle connection gives way to a new one, then the oldest whose request isn't whole yet; one that is being answered never does.
struct ConnectionBudget: Sendable {
    /// What a connection is doing, in the order in which they give way.
    enum Phase: Int, Sendable, Comparable {
        /// Nothing of a request has come.
        case idle
        /// A part of a request has come.
        case receiving
        /// A whole request has come, and its answer isn't written out yet.
        case answering

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
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
        var since: NIODeadline
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
        guard let oldest = firstToGiveWay(onlyOthers: mustReplaceOther) else { return .refused }
        leave(oldest)
        return .replaces(add(isPreferred, now), closing: oldest)
    }

    private mutating func add(_ isPreferred: Bool, _ now: NIODeadline) -> Place {
        defer { nextPlace += 1 }
        entries[nextPlace] = Entry(isPreferred: isPreferred, since: now)
        if !isPreferred { others += 1 }
        return nextPlace
    }

    private func firstToGiveWay(onlyOthers: Bool) -> Place? {
        let candidates = entries.lazy.filter { $0.value.phase < .answering && !(onlyOthers && $0.value.isPreferred) }
        return candidates.min {
            ($0.value.phase, $0.value.since, $0.key) < ($1.value.phase, $1.value.since, $1.key)
        }?.key
    }

    /// Records what a connection does from now on; without effect once its place is gone.
    ///
    /// A request that is whole gives its bytes back: what answers it has limits of its own.
    mutating func update(_ place: Place, to phase: Phase, at now: NIODeadline) {
        guard var entry = entries[place], entry.phase != phase else { return }
        entry.phase = phase
        entry.since = now
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
