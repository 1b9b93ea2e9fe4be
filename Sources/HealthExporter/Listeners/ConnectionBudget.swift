import NIOCore

/// Which connections have a place at a listener, and which one gives way when there is none.
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
        let isLoopback: Bool
        var phase = Phase.idle
        var since: NIODeadline
    }

    /// How many places there are.
    let capacity: Int
    /// How many of them only loopback peers get, such as a kubelet or an administrator.
    let loopbackShare: Int
    /// New connections refused, and older ones that gave way.
    private(set) var refused: UInt64 = 0
    private var entries: [Place: Entry] = [:]
    private var remote = 0
    private var nextPlace: Place = 0

    /// A budget without connections.
    init(capacity: Int) {
        self.capacity = capacity
        loopbackShare = capacity / 8
    }

    /// How many connections have a place.
    var open: Int { entries.count }

    /// Gives a new connection a place if there is one, or one whose holder can give way.
    mutating func admit(isLoopback: Bool, at now: NIODeadline) -> Admission {
        let mustReplaceRemote = !isLoopback && remote >= capacity - loopbackShare
        guard mustReplaceRemote || entries.count >= capacity else { return .admitted(add(isLoopback, now)) }
        refused += 1
        guard let oldest = firstToGiveWay(onlyRemote: mustReplaceRemote) else { return .refused }
        leave(oldest)
        return .replaces(add(isLoopback, now), closing: oldest)
    }

    private mutating func add(_ isLoopback: Bool, _ now: NIODeadline) -> Place {
        defer { nextPlace += 1 }
        entries[nextPlace] = Entry(isLoopback: isLoopback, since: now)
        if !isLoopback { remote += 1 }
        return nextPlace
    }

    private func firstToGiveWay(onlyRemote: Bool) -> Place? {
        let candidates = entries.lazy.filter { $0.value.phase < .answering && !(onlyRemote && $0.value.isLoopback) }
        return candidates.min {
            ($0.value.phase, $0.value.since, $0.key) < ($1.value.phase, $1.value.since, $1.key)
        }?.key
    }

    /// Records what a connection does from now on; without effect once its place is gone.
    mutating func update(_ place: Place, to phase: Phase, at now: NIODeadline) {
        guard entries[place] != nil, entries[place]?.phase != phase else { return }
        entries[place]?.phase = phase
        entries[place]?.since = now
    }

    /// Gives a place back; without effect once it is gone.
    mutating func leave(_ place: Place) {
        guard let entry = entries.removeValue(forKey: place) else { return }
        if !entry.isLoopback { remote -= 1 }
    }
}
