import HealthCore
import HealthTesting
import NIOCore

@testable import HealthChecks

/// What a PostgreSQL server answers, through libpq: a login, a query, and the queries about the server.
enum FuzzPostgres {
    private struct FixedWallClock: WallClock {
        var now: Timestamp { .newYear2026 }
    }

    private static let server = AnsweringServer()
    private static let timeline = Timeline(clock: ContinuousClock(), wallClock: FixedWallClock())

    /// A byte of choices, then the answers, each behind its length of two bytes.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let settings = try settings(choices: input.byte())
        var answers: [[UInt8]] = []
        while !input.isEmpty {
            let count = Int(input.byte()) << 8 | Int(input.byte())
            answers.append(input.bytes(count))
        }
        server.prepare(answers)
        let session = PostgresSession(
            settings: settings,
            login: PostgresLogin(settings: settings, tls: nil),
            caughtUp: PostgresCaughtUpTimes(),
            time: timeline,
            timeout: .seconds(5),
            phases: PhaseTimer(time: timeline)
        )
        do {
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: server.port)
            let state = try session.state(at: [address])
            let report = PostgresEvaluation(settings: settings, seen: SeenText()).report(on: state)
            require(!report.message.isEmpty, "no message")
            require(report.measured.allSatisfy { $0.value.isFinite }, "\(report.measured)")
        } catch let failure as CheckFailure {
            require(!failure.message.isEmpty, "a failure without a message")
            require(failure.reason != .internal, "\(failure.message) is said to be this machine's fault")
        } catch is CancellationError {
            fail("the server closed, and the session waited to its end")
        }
        for answer in answers { if case .whole(let error) = PostgresErrorResponse(reading: answer) { inspect(error) } }
    }

    private static func settings(choices: UInt8) throws -> PostgresSettings {
        var settings = PostgresSettings()
        let mode = PostgresTarget.sslModes[Int(choices & 3)]
        settings.server = try PostgresTarget("postgres://u@127.0.0.1:\(server.port)/d?sslmode=\(mode)")
        settings.password = choices & 4 == 4 ? "hunter22" : nil
        settings.connectionsUsed = PostgresSettings.defaultConnectionsUsed
        settings.replicationLag = ThresholdPair(degraded: .seconds(30), unhealthy: .seconds(60))
        if choices & 8 == 8 {
            var migration = PostgresSettings.Migration()
            (migration.table, migration.column, migration.expected) = ("s.t", "c", "42")
            settings.migration = migration
        }
        return settings
    }

    private static func inspect(_ error: PostgresError) {
        require(!PostgresReasons.failure(error).message.isEmpty, "an error without a message")
    }
}
