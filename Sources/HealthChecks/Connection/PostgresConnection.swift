import CLibPQ
import HealthCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One libpq connection: lives on one thread from connect to finish, and never blocks it past the deadline.
@safe struct PostgresConnection: ~Copyable {
    /// What a server or the way to it says instead of an answer.
    struct Problem: Error, Equatable {
        /// Of PostgreSQL, appendix A; nil when it is not the server that speaks.
        var state: String?
        var message: String

        /// Insufficient privilege.
        var isMissingGrant: Bool { state == "42501" }
    }

    /// When a wait ends although nothing came.
    struct Limit: Sendable {
        var deadline: Moment
        let stop: StopFlag
        let time: any TimeSource

        var isReached: Bool { stop.isSet || time.moment >= deadline }
    }

    private let connection: OpaquePointer
    private var limit: Limit
    /// Between libpq and the server, from the moment they are connected.
    private var metered: MeteredSocket?
    /// Whether the handshake of the connection there is now is behind it, or there was none.
    private var isPastHandshake = false
    /// Whether libpq tries again without TLS, because the server agreed to it and its handshake failed.
    private var isFallback = false

    /// Waits are cut into slices of this length, to notice a cancellation.
    private static let slice: Int32 = 50
    /// More than this is no answer to a check.
    private static let maximumBytes = 1024 * 1024
    private static let maximumRows = 1000

    init(_ parameters: [(name: String, value: String)], _ limit: Limit) throws {
        self.limit = limit
        try DescriptorReserve.guardAgainstUse()
        guard let connection = unsafe PQconnectStart(Self.text(of: parameters)) else {
            throw CheckFailure(.internal, "no memory for a connection")
        }
        unsafe self.connection = connection
        // The default one prints to standard error.
        unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
        // With the error code in the message: there is no other way to it before a session exists.
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Waits from now on end at another moment.
    mutating func extend(to deadline: Moment) {
        limit.deadline = deadline
    }

    /// Connects and logs in; `phases` follows.
    mutating func open(_ phases: PhaseTimer) throws {
        do {
            try login(phases)
        } catch let problem as Problem where isFallback && PostgresReasons.failure(problem).reason == .protocolError {
            throw CheckFailure(
                .tlsProtocol,
                "the server agreed to TLS, and the handshake failed; without TLS: \(problem.message)"
            )
        }
    }

    private mutating func login(_ phases: PhaseTimer) throws {
        var next = PGRES_POLLING_WRITING
        if unsafe PQstatus(connection) == CONNECTION_BAD { throw problem }
        while true {
            switch next {
            case PGRES_POLLING_OK:
                unsafe PQsetnonblocking(connection, 1)
                return
            case PGRES_POLLING_READING: try wait(POLLIN)
            case PGRES_POLLING_WRITING: try wait(POLLOUT)
            default: throw problem
            }
            next = unsafe PQconnectPoll(connection)
            enterPhase(phases)
        }
    }

    private mutating func enterPhase(_ phases: PhaseTimer) {
        switch unsafe PQstatus(connection) {
        case CONNECTION_STARTED: break
        case CONNECTION_SSL_STARTUP: phases.enter(.tls)
        case CONNECTION_MADE: phases.enter(.request)
        case CONNECTION_BAD: break
        default:
            isPastHandshake = true
            phases.enter(.processing)
        }
    }

    /// The rows that a query answers with, as text; at most `maximumRows` of them.
    mutating func query(_ text: String, _ parameters: [String] = []) throws -> [[String?]] {
        try send(text, parameters)
        guard unsafe PQsetSingleRowMode(connection) == 1 else { throw problem }
        var rows: [[String?]] = []
        while let result = unsafe try nextResult() {
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE:
                unsafe rows.append(Self.row(of: result))
                if rows.count > Self.maximumRows {
                    throw CheckFailure(.bodyTooLarge, "the query answers with too many rows")
                }
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default:
                let state = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map {
                    unsafe String(cString: $0)
                }
                let message = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map {
                    unsafe String(cString: $0)
                }
                throw Problem(state: state, message: message ?? "the query failed")
            }
        }
        return rows
    }

    private mutating func send(_ text: String, _ parameters: [String]) throws {
        let values = CStrings(parameters)
        let count = Int32(parameters.count)
        // Without parameters the simple protocol, which poolers of connections understand too.
        let isSent =
            parameters.isEmpty
            ? unsafe PQsendQuery(connection, text)
            : unsafe PQsendQueryParams(connection, text, count, nil, values.pointers, nil, nil, 0)
        guard isSent == 1 else { throw problem }
        while true {
            switch unsafe PQflush(connection) {
            case 0: return
            case 1: try wait(POLLIN | POLLOUT)
            default: throw problem
            }
            guard unsafe PQconsumeInput(connection) == 1 else { throw problem }
        }
    }

    @unsafe private mutating func nextResult() throws -> OpaquePointer? {
        while unsafe PQisBusy(connection) == 1 {
            try wait(POLLIN)
            guard unsafe PQconsumeInput(connection) == 1 else { throw problem }
        }
        return unsafe PQgetResult(connection)
    }

    @unsafe private static func row(of result: OpaquePointer) -> [String?] {
        (0..<(unsafe PQnfields(result))).map { column in
            guard unsafe PQgetisnull(result, 0, column) == 0 else { return nil }
            return unsafe PQgetvalue(result, 0, column).map { unsafe String(cString: $0) }
        }
    }

    /// Waits until the socket is ready; throws when the run is over.
    private mutating func wait(_ events: Int32) throws {
        dropOldMeter()
        while true {
            if limit.isReached { throw CancellationError() }
            let isReady =
                if metered != nil {
                    try metered?.wait(for: events, milliseconds: Self.slice) ?? false
                } else {
                    try waitToConnect(events)
                }
            if isReady { return }
        }
    }

    /// Waits for the connection itself, and puts the meter between before libpq says its first word.
    ///
    /// libpq calls a reset and an end alike ("closed the connection unexpectedly"), so it must not be the one who asks the kernel.
    private mutating func waitToConnect(_ events: Int32) throws -> Bool {
        var descriptor = pollfd(fd: unsafe PQsocket(connection), events: Int16(events), revents: 0)
        guard descriptor.fd >= 0 else { throw problem }
        let ready = unsafe poll(&descriptor, 1, Self.slice)
        if ready < 0, errno != EINTR { throw NetworkReasons.failure(errno: errno, "waiting for the server") }
        guard ready > 0 else { return false }
        var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        guard unsafe getsockopt(descriptor.fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { throw problem }
        guard code == 0 else { throw NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code)) }
        metered = try MeteredSocket(descriptor.fd, limit: Self.maximumBytes)
        return true
    }

    /// Takes the meter away when libpq has begun another connection, which it does to go on without TLS.
    private mutating func dropOldMeter() {
        let descriptor = unsafe PQsocket(connection)
        guard metered?.owns(descriptor) == false else { return }
        isFallback = metered?.firstByte == UInt8(ascii: "S") && !isPastHandshake
        isPastHandshake = false
        metered = nil
    }

    /// What libpq says went wrong.
    private var problem: Problem {
        if unsafe PQconnectionNeedsPassword(connection) == 1 {
            return Problem(state: "28P01", message: "the server wants a password and none is configured")
        }
        let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
        return Problem(text: text)
    }
}
