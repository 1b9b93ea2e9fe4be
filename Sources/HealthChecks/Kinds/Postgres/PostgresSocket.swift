import HealthCore
import Platform

/// The socket of a libpq connection: waits for it, and limits what the server may send.
struct PostgresSocket: ~Copyable {
    /// When a wait ends although nothing came.
    struct Limit: Sendable {
        /// The moment at which the time is up.
        var deadline: Moment
        /// Set when the run was cancelled.
        let stop: StopFlag
        /// The clock of the deadline.
        let time: any TimeSource

        /// Whether the time is up or the run was cancelled.
        var isReached: Bool { stop.isSet || time.moment >= deadline }
    }

    /// What a wait found.
    private enum Readiness {
        case ready, notYet, gone
    }

    /// The end of all further waits.
    var limit: Limit
    /// Between libpq and the server, from the moment they are connected.
    private var metered: MeteredSocket?
    /// Whether the TLS handshake of the current connection is over, or there was none.
    var isPastHandshake = false
    /// Whether libpq tries again without TLS, because the server agreed to it and the handshake failed.
    private(set) var isFallback = false

    /// Waits are cut into slices of this many milliseconds, to notice a cancellation.
    private static let slice: Int32 = 50
    /// More bytes than this are no answer to a check.
    private static let maximumBytes = 1024 * 1024

    /// A socket that libpq has not opened yet.
    init(limit: Limit) {
        self.limit = limit
    }

    /// Waits until libpq's descriptor is ready for these events of poll(2); false when it is no socket any more.
    ///
    /// Throws `CancellationError` when the limit is reached, and `CheckFailure` for an error of the connection.
    mutating func wait(for events: Int32, on descriptor: Int32) throws -> Bool {
        dropMeter(of: descriptor)
        while true {
            if limit.isReached { throw CancellationError() }
            if metered != nil {
                if try metered?.wait(for: events, milliseconds: Self.slice) == true { return true }
                continue
            }
            switch try waitToConnect(events, descriptor) {
            case .ready: return true
            case .gone: return false
            case .notYet: break
            }
        }
    }

    /// Waits for the connection itself, and adds the meter before libpq sends its first byte.
    ///
    /// libpq reports a reset and an end alike ("closed the connection unexpectedly"), so the meter reads the socket's errors.
    private mutating func waitToConnect(_ events: Int32, _ descriptor: Int32) throws -> Readiness {
        var watched = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        guard descriptor >= 0 else { return .gone }
        let ready = unsafe poll(&watched, 1, Self.slice)
        if ready < 0, errno != EINTR { throw NetworkReasons.failure(errno: errno, "waiting for the server") }
        guard ready > 0 else { return .notYet }
        guard let code = Socket.pendingError(of: descriptor) else { return .gone }
        guard code == 0 else { throw NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code)) }
        metered = try MeteredSocket(descriptor, limit: Self.maximumBytes)
        return .ready
    }

    /// Removes the meter when libpq has begun another connection, which it does to go on without TLS.
    private mutating func dropMeter(of descriptor: Int32) {
        guard metered?.owns(descriptor) == false else { return }
        isFallback = metered?.firstByte == UInt8(ascii: "S") && !isPastHandshake
        isPastHandshake = false
        metered = nil
    }
}
