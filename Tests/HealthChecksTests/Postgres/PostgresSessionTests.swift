import HealthCore
import Testing

@testable import HealthChecks

/// Whole runs against a scripted server: what is queried, and what each answer leads to.
struct PostgresSessionTests {
    private typealias Messages = PostgresMessages

    private static func result(
        keys: [(String, SettingNode)] = [],
        _ answers: [[UInt8]]
    ) async throws -> RunResult {
        try await KindRun.result(
            of: "postgres",
            url: "postgres://u@127.0.0.1:PORT/d",
            keys: keys,
            answers: [Messages.noTLS] + answers
        )
    }

    private static func failed(_ state: String, _ text: String) -> [UInt8] {
        Messages.error(state, text) + Messages.ready
    }

    private static let primary = Messages.row(["f", "0", nil, nil, "0", "0", "0"])

    @Test(
        arguments: [
            ("53300", "sorry, too many clients already", .threshold),
            ("28P01", "password authentication failed for user \"u\"", .authentication),
            ("3D000", "database \"d\" does not exist", .missing),
            ("57P03", "the database system is starting up", .notServing),
        ] as [(String, String, FailureReason)]
    )
    func anErrorAtTheLoginHasTheReasonOfItsCode(state: String, text: String, reason: FailureReason) async throws {
        let result = try await Self.result([Messages.error(state, text)])
        #expect(result.reason == reason)
        #expect(result.message.hasSuffix(": \(state): \(text)") && result.message.hasPrefix("127.0.0.1:"))
    }

    @Test func aServerThatWantsAPasswordSaysSo() async throws {
        let result = try await Self.result([Messages.message("R", Messages.bytes(3, 4))])
        #expect(result.reason == .authentication)
        #expect(result.message.hasSuffix("28P01: the server wants a password and none is configured"))
    }

    @Test func noticesAreIgnored() async throws {
        let notice = Messages.error("01000", "a warning", type: "N")
        let result = try await Self.result([
            Messages.login(with: notice), notice + Messages.row(["1"]), notice + Messages.row(["3", "97"]),
            Self.primary,
        ])
        #expect(result.kind == .success && result.message == "the query was answered")
        #expect(result.measured.map(\.value) == [3, 97, 3.0 / 97])
    }

    @Test(
        arguments: [
            ("42601", "syntax error at or near \"SELEC\"", .error, ""),
            ("42501", "permission denied for table t", .authentication, "; grant what the query needs to u"),
            ("57014", "canceling statement due to statement timeout", .timeout, ""),
        ] as [(String, String, FailureReason, String)]
    )
    func anErrorOfTheQueryFails(state: String, text: String, reason: FailureReason, hint: String) async throws {
        let result = try await Self.result([Messages.login(), Self.failed(state, text)])
        #expect(result.kind != .success && result.reason == reason)
        #expect(result.message.hasSuffix("\(state): \(text)\(hint)"), "\(result.message)")
    }

    @Test func refusedStatisticsAreNoFailureWithoutAThreshold() async throws {
        let answers = [
            Messages.login(), Messages.row(["1"]), Self.failed("42P01", "no pg_stat_activity"),
            Self.failed("42501", "permission denied"),
        ]
        let result = try await Self.result(answers)
        #expect(result.kind == .success && result.measured.isEmpty)
        let details = result.details.map { "\($0.name): \($0.value)" }
        let hint = "permission denied; grant pg_monitor to u"
        #expect(details == ["not told: no pg_stat_activity", "not told: \(hint)"])
        let needing = try await Self.result(
            keys: [("replication_lag", .map([("unhealthy", "1m")]))],
            answers
        )
        #expect(needing.reason == .authentication && needing.message.hasSuffix(hint))
    }

    @Test func anErrorOfAnotherClassFailsAlsoWithoutAThreshold() async throws {
        let result = try await Self.result([
            Messages.login(), Messages.row(["1"]), Self.failed("57P01", "terminating connection"),
        ])
        #expect(result.reason == .notServing)
    }

    @Test(
        arguments: [
            (["1", "42"], nil, "the query was answered"),
            (["0", "41"], .assertion, "the schema has no version 42; its last is 41"),
        ] as [([String], FailureReason?, String)]
    )
    func theMigrationIsQueriedWithAParameter(row: [String], reason: FailureReason?, message: String) async throws {
        // ParseComplete and BindComplete before the row (protocol-flow, extended query).
        let extended = Messages.message("1", []) + Messages.message("2", []) + Messages.row(row)
        let result = try await Self.result(
            keys: [("migration", .map([("table", "s.t"), ("column", "c"), ("expect", "42")]))],
            [Messages.login(), Messages.row(["1"]), extended, Messages.row(["3", "97"]), Self.primary]
        )
        #expect(result.reason == reason && result.message == message)
    }

    @Test func aMigrationTableThatMayNotBeReadNamesTheGrant() async throws {
        let result = try await Self.result(
            keys: [("migration", .map([("table", "s.t"), ("column", "c"), ("expect", "42")]))],
            [Messages.login(), Messages.row(["1"]), Self.failed("42501", "permission denied for schema s")]
        )
        #expect(result.reason == .authentication)
        #expect(result.message.hasSuffix("for schema s; grant SELECT on s.t, and USAGE on its schema, to u"))
    }

    @Test func moreThanAThousandRowsAreNoAnswer() async throws {
        let rows = Array(repeating: ["1"], count: 1001)
        let result = try await Self.result([Messages.login(), Messages.rows(rows)])
        #expect(result.reason == .bodyTooLarge)
        #expect(result.message.hasSuffix("the query answers with too many rows"))
    }

    @Test func statementsQuoteTheTableAndTheColumn() {
        let statement = PostgresStatements.migration(table: #"app.sch"ema"#, column: "v")
        #expect(
            statement
                == #"SELECT count(*) FILTER (WHERE "v"::text = $1), max("v"::text) FROM "app"."sch""ema""#
        )
    }

    /// With a combining mark behind it a quote is another character to Swift, and the same quote to the server.
    @Test func aQuoteWithACombiningMarkIsQuotedToo() {
        let statement = PostgresStatements.migration(table: "t\"\u{301}x.\u{308}y", column: "v")
        #expect(
            statement.unicodeScalars.elementsEqual(
                "SELECT count(*) FILTER (WHERE \"v\"::text = $1), max(\"v\"::text) FROM \"t\"\"\u{301}x\".\"\u{308}y\""
                    .unicodeScalars
            )
        )
    }
}
