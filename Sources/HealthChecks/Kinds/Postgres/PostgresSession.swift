import HealthCore
import NIOCore

/// One login to a PostgreSQL server and the queries after it; all of it blocks, on a thread for blocking calls.
struct PostgresSession: Sendable {
    /// The server and the queries.
    let settings: PostgresSettings
    /// The parameters of the login.
    let login: PostgresLogin
    /// Of the standbys that answered earlier runs.
    let caughtUp: PostgresCaughtUpTimes
    /// Of the deadlines.
    let time: any TimeSource
    /// Of the whole run.
    let timeout: Duration
    /// Of the run.
    let phases: PhaseTimer
    /// Set when the run was cancelled.
    let stop = StopFlag()

    /// The wait that the run's own deadline ends first: the runner publishes the timeout, not the session.
    private static let margin = Duration.seconds(1)

    /// What the first address that answers says of itself.
    ///
    /// Each address gets its share of the time to connect, the last one the rest.
    func state(at addresses: [SocketAddress]) throws -> PostgresState {
        let end = time.moment.advanced(by: timeout)
        var failure: any Error = CheckFailure(.dnsNotFound, "\(settings.server.host) has no address")
        for (index, address) in addresses.enumerated() {
            let left = time.moment.duration(to: end)
            let isLast = index == addresses.count - 1
            let share = isLast ? left + Self.margin : left / (addresses.count - index)
            let limit = PostgresSocket.Limit(deadline: time.moment.advanced(by: share), stop: stop, time: time)
            do {
                return try state(at: address, limit, until: end.advanced(by: Self.margin))
            } catch let error as CheckFailure {
                failure = error
                guard Self.isAboutTheAddress(error) else { throw error }
            } catch is CancellationError where !isLast && !stop.isSet {
                failure = named(CheckFailure(.connectTimeout, "no answer to the connection attempt"), address)
            }
        }
        throw failure
    }

    /// Whether another address may answer where this one failed.
    ///
    /// `internal` counts: this machine may lack the address family. When its ports are used up, the next address fails alike.
    private static func isAboutTheAddress(_ failure: CheckFailure) -> Bool {
        [.connectRefused, .unreachable, .connectTimeout, .internal].contains(failure.reason)
    }

    private func state(
        at address: SocketAddress,
        _ limit: PostgresSocket.Limit,
        until end: Moment
    ) throws -> PostgresState {
        do {
            do {
                return try query(address, statementTimeout: timeout, limit: limit, until: end)
            } catch let error as PostgresError where error.message.contains("startup parameter") {
                // A connection pooler that refuses `options`: the server's own statement_timeout applies.
                return try query(address, statementTimeout: nil, limit: limit, until: end)
            }
        } catch let error as PostgresError {
            throw named(PostgresReasons.failure(error), address)
        } catch let failure as CheckFailure {
            throw named(failure, address)
        }
    }

    /// - Parameters:
    ///   - limit: of connecting and logging in.
    ///   - end: of the queries; only the time to connect is shared among the addresses.
    private func query(
        _ address: SocketAddress,
        statementTimeout: Duration?,
        limit: PostgresSocket.Limit,
        until end: Moment
    ) throws -> PostgresState {
        phases.enter(.connect)
        let parameters = login.parameters(for: address, statementTimeout: statementTimeout)
        var connection = try PostgresConnection(parameters, limit)
        try connection.open(phases)
        connection.extend(to: end)
        phases.enter(.processing)
        var state = try PostgresQueries(settings: settings).state(&connection)
        state.lag = state.replication.flatMap {
            caughtUp.lag(of: address.ipAddress ?? settings.server.host, $0, at: time.moment)
        }
        phases.finish()
        return state
    }

    /// A failure that says which address it is about.
    private func named(_ failure: CheckFailure, _ address: SocketAddress) -> CheckFailure {
        let target = Connector.Target(host: address.ipAddress ?? settings.server.host, port: settings.server.port)
        return failure.naming(target.address)
    }
}
