import CLibPQ
import HealthCore
import Platform

/// One libpq connection: stays on one thread from connect to finish, and never blocks it past the deadline.
@safe struct PostgresConnection: ~Copyable {
    private let connection: OpaquePointer
    private var socket: PostgresSocket

    /// The query of a check has a few rows.
    private static let maximumRows = 1000

    /// Begins to connect.
    init(_ parameters: [PostgresLogin.Parameter], _ limit: PostgresSocket.Limit) throws {
        try DescriptorReserve.guardAgainstUse()
        guard let connection = unsafe PQconnectStart(PostgresConnectionString.text(of: parameters)) else {
            throw CheckFailure(.internal, "no memory for a connection")
        }
        unsafe self.connection = connection
        socket = PostgresSocket(limit: limit)
        // The default one prints to standard error.
        unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
        // Puts the SQLSTATE code into the message: before a session exists libpq offers it nowhere else.
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// From now on, waits end at another moment.
    mutating func extend(to deadline: Moment) {
        socket.limit.deadline = deadline
    }

    /// Connects and logs in, and enters the phases on the way.
    mutating func open(_ phases: PhaseTimer) throws {
        do {
            try login(phases)
        } catch let error as PostgresError
            where socket.isFallback && PostgresReasons.failure(error).reason == .protocolError
        {
            throw CheckFailure(
                .tlsProtocol,
                "the server agreed to TLS, and the handshake failed; without TLS: \(error.message)"
            )
        }
    }

    private mutating func login(_ phases: PhaseTimer) throws {
        var next = PGRES_POLLING_WRITING
        if unsafe PQstatus(connection) == CONNECTION_BAD { throw error }
        while true {
            switch next {
            case PGRES_POLLING_OK:
                unsafe PQsetnonblocking(connection, 1)
                return
            case PGRES_POLLING_READING: try wait(POLLIN)
            case PGRES_POLLING_WRITING: try wait(POLLOUT)
            default: throw error
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
            socket.isPastHandshake = true
            phases.enter(.processing)
        }
    }

    /// The rows of a query's result, at most `maximumRows` of them.
    mutating func query(_ text: String, _ parameters: [String] = []) throws -> [PostgresRow] {
        // What follows the error of the query before: until it is read, libpq sends nothing.
        while let rest = unsafe try nextResult() { unsafe PQclear(rest) }
        try send(text, parameters)
        guard unsafe PQsetSingleRowMode(connection) == 1 else { throw error }
        var rows: [PostgresRow] = []
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
                throw unsafe PostgresError(
                    state: Self.errorField("C", of: result),
                    message: Self.errorField("M", of: result) ?? "the query failed"
                )
            }
        }
        return rows
    }

    private mutating func send(_ text: String, _ parameters: [String]) throws {
        let values = CStrings(parameters)
        let count = Int32(parameters.count)
        // Without parameters the simple protocol, which connection poolers understand too.
        let isSent =
            parameters.isEmpty
            ? unsafe PQsendQuery(connection, text)
            : unsafe PQsendQueryParams(connection, text, count, nil, values.pointers, nil, nil, 0)
        guard isSent == 1 else { throw error }
        while true {
            switch unsafe PQflush(connection) {
            case 0: return
            case 1: try wait(POLLIN | POLLOUT)
            default: throw error
            }
            guard unsafe PQconsumeInput(connection) == 1 else { throw error }
        }
    }

    @unsafe private mutating func nextResult() throws -> OpaquePointer? {
        while unsafe PQisBusy(connection) == 1 {
            try wait(POLLIN)
            guard unsafe PQconsumeInput(connection) == 1 else { throw error }
        }
        return unsafe PQgetResult(connection)
    }

    @unsafe private static func row(of result: OpaquePointer) -> PostgresRow {
        PostgresRow(
            (0..<(unsafe PQnfields(result))).map { column in
                guard unsafe PQgetisnull(result, 0, column) == 0 else { return nil }
                return unsafe PQgetvalue(result, 0, column).map { unsafe String(cString: $0) }
            }
        )
    }

    /// A field of an error by its letter (protocol-error-fields).
    @unsafe private static func errorField(_ letter: Unicode.Scalar, of result: OpaquePointer) -> String? {
        unsafe PQresultErrorField(result, Int32(letter.value)).map { unsafe String(cString: $0) }
    }

    /// Waits until the socket is ready; throws when the run is over.
    private mutating func wait(_ events: Int32) throws {
        guard try socket.wait(for: events, on: unsafe PQsocket(connection)) else { throw error }
    }

    /// The error that libpq reports of the connection.
    private var error: PostgresError {
        if unsafe PQconnectionNeedsPassword(connection) == 1 {
            return PostgresError(state: "28P01", message: "the server wants a password and none is configured")
        }
        return PostgresError(text: unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? "")
    }
}
