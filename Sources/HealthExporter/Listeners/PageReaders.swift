import HealthCore
import NIOCore
import Synchronization

/// Which connections read a large page at the moment, and how many bytes of memory those pages have.
///
/// Pure: it decides; ``PageReaderPlaces`` closes. A reader that doesn't read gives way to a new one; then the oldest of a network that
/// has more than one reader more than the new one's.
struct PageReaders: Sendable {
    /// What becomes of a reader.
    enum Admission: Equatable, Sendable {
        case admitted(closing: [ObjectIdentifier])
        case refused
    }

    private struct Reader: Sendable {
        let id: ObjectIdentifier
        let network: PeerNetwork
        let page: UInt64
        let bytes: Int
        var movedAt: NIODeadline
    }

    /// Pages up to this size fit into the kernel's buffers, and are not counted.
    static let smallPage = 64 * 1024

    /// How many connections may read a large page at once.
    let maximumReaders: Int
    /// How many bytes all pages that are being read may have.
    let maximumBytes: Int
    /// A reader that read nothing for so long gives way when a place is needed.
    let patience: TimeAmount
    private var readers: [Reader] = []

    /// Limits, and nobody who reads.
    init(maximumReaders: Int = 32, maximumBytes: Int = 16 * 1024 * 1024, patience: TimeAmount = .seconds(2)) {
        self.maximumReaders = maximumReaders
        self.maximumBytes = maximumBytes
        self.patience = patience
    }

    /// How many read at the moment.
    var count: Int { readers.count }

    /// The bytes of all pages that are being read, each counted once.
    var bytes: Int { Self.bytes(readers) }

    private static func bytes(_ readers: [Reader]) -> Int {
        var (pages, sum) = (Set<UInt64>(), 0)
        for reader in readers where pages.insert(reader.page).inserted { sum += reader.bytes }
        return sum
    }

    /// What is asked for.
    struct Request {
        /// By whom.
        let network: PeerNetwork
        /// Which page.
        let page: UInt64
        /// Its size.
        let bytes: Int
    }

    /// Gives a reader of a page a place, if need be that of others, the oldest first.
    ///
    /// One page may always be read, however large it is.
    mutating func admit(_ id: ObjectIdentifier, _ request: Request, at now: NIODeadline) -> Admission {
        var (staying, closing) = (readers, [ObjectIdentifier]())
        let reader = Reader(id: id, network: request.network, page: request.page, bytes: request.bytes, movedAt: now)
        while !fits(staying + [reader]) {
            let stalled = staying.firstIndex { now - $0.movedAt >= patience }
            guard let index = stalled ?? Self.oldest(of: staying, against: reader) else { return .refused }
            closing.append(staying.remove(at: index).id)
        }
        readers = staying + [reader]
        return .admitted(closing: closing)
    }

    /// The oldest reader of a network that even without it has as many as the new one's.
    private static func oldest(of readers: [Reader], against new: Reader) -> Int? {
        let counts = Dictionary(readers.map { ($0.network, 1) }, uniquingKeysWith: +)
        return readers.firstIndex { counts[$0.network, default: 0] > counts[new.network, default: 0] + 1 }
    }

    private func fits(_ readers: [Reader]) -> Bool {
        let isOnePage = Set(readers.map(\.page)).count == 1
        return readers.count <= maximumReaders && (isOnePage || Self.bytes(readers) <= maximumBytes)
    }

    /// A reader read some bytes.
    mutating func moved(_ id: ObjectIdentifier, at now: NIODeadline) {
        for index in readers.indices where readers[index].id == id { readers[index].movedAt = now }
    }

    /// A reader is done or gone.
    mutating func leave(_ id: ObjectIdentifier) {
        readers.removeAll { $0.id == id }
    }
}

/// The readers of large pages, and their channels.
final class PageReaderPlaces: Sendable {
    private struct State {
        var readers = PageReaders()
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    /// Gives a channel that is to read a page a place; false when there is none.
    func admit(_ channel: any Channel, page: UInt64, bytes: Int) -> Bool {
        let id = ObjectIdentifier(channel)
        let closing = state.withLock { state -> [any Channel]? in
            let request = PageReaders.Request(network: PeerNetwork(of: channel.remoteAddress), page: page, bytes: bytes)
            let admission = state.readers.admit(id, request, at: channel.eventLoop.now)
            guard case .admitted(let others) = admission else { return nil }
            state.channels[id] = channel
            return others.compactMap { state.channels.removeValue(forKey: $0) }
        }
        for channel in closing ?? [] { channel.close(promise: nil) }
        return closing != nil
    }

    /// A channel's reader read some bytes.
    func moved(_ channel: any Channel) {
        state.withLock { $0.readers.moved(ObjectIdentifier(channel), at: channel.eventLoop.now) }
    }

    /// A channel's reader is done or gone.
    func leave(_ channel: any Channel) {
        state.withLock { state in
            state.readers.leave(ObjectIdentifier(channel))
            state.channels[ObjectIdentifier(channel)] = nil
        }
    }
}
