import HealthCore
import Testing

@testable import HealthChecks

/// Errors of PostgreSQL servers and of libpq: how they are read, and which reasons they have.
struct PostgresErrorTests {
    @Test(
        arguments: [
            ("connection to server at \"h\", port 1 failed: FATAL:  53300: sorry\nLOCATION: x", "53300", "sorry"),
            ("ERROR:  42P01: relation does not exist", "42P01", "relation does not exist"),
            ("could not connect: Connection refused", nil, "could not connect: Connection refused"),
            ("connection to server at \"h\", port 1 failed: server closed", nil, "server closed"),
            ("FATAL:  sorry", nil, "FATAL:  sorry"), ("ВАЖНО:  28P01: нет", "28P01", "нет"),
            ("FATAL:  28p01: lower case", nil, "FATAL:  28p01: lower case"),
            ("FATAL:  123: short", nil, "FATAL:  123: short"), ("FATAL:  42P01x: y", nil, "FATAL:  42P01x: y"),
            ("FATAL:  note:  57P03: starting", "57P03", "starting"), ("", nil, ""), ("\nsecond", nil, "second"),
        ] as [(String, String?, String)]
    )
    func findsTheCodeInTheTextOfLibpq(text: String, state: String?, message: String) {
        #expect(PostgresError(text: text) == PostgresError(state: state, message: message))
    }

    @Test(
        arguments: [
            (Array("E\0\0\0\u{12}C57P03\0Mwait\0\0??".utf8), .whole(.init(state: "57P03", message: "wait"))),
            (Array("E\0\0\0\u{12}C57P03\0Mwait".utf8), .needsMore), ([69], .needsMore), ([], .needsMore),
            ([69, 0, 0, 0, 7, 1], .invalid), ([69, 255, 255, 255, 255], .invalid), ([82, 0, 0, 0, 9], .invalid),
            (PostgresMessages.error("00000", "hello", type: "N"), .invalid),
            (PostgresMessages.message("E", Array("Mx\0\0".utf8)), .whole(.init(state: nil, message: "x"))),
            (PostgresMessages.message("E", Array("C1\0\0".utf8)), .whole(.init(state: "1", message: "no message"))),
            (PostgresMessages.message("E", Array(repeating: 0, count: 30_000)), .invalid),
        ] as [([UInt8], PostgresErrorResponse)]
    )
    func readsErrorResponses(bytes: [UInt8], expected: PostgresErrorResponse) {
        #expect(PostgresErrorResponse(reading: bytes) == expected)
    }

    @Test func anErrorResponseIsWholeOnlyAtItsLastByte() {
        let bytes = PostgresMessages.error("57P03", "the database system is starting up")
        for count in bytes.indices {
            #expect(PostgresErrorResponse(reading: Array(bytes[..<count])) == .needsMore, "\(count) bytes")
        }
        let error = PostgresError(state: "57P03", message: "the database system is starting up")
        #expect(PostgresErrorResponse(reading: bytes) == .whole(error))
        #expect(PostgresErrorResponse(reading: bytes + [83]) == .whole(error))
    }

    @Test(
        arguments: [
            ("53300", .threshold), ("57014", .timeout), ("42501", .authentication), ("42P01", .missing),
            ("42703", .missing), ("3D000", .missing), ("3F000", .missing), ("28000", .authentication),
            ("28P01", .authentication), ("08P01", .protocolError), ("08006", .protocolError), ("53100", .notServing),
            ("53200", .notServing), ("57P01", .notServing), ("57P03", .notServing), ("57P05", .notServing),
            ("42601", .error), ("22012", .error), ("XX000", .error), ("57000", .error), ("", .error),
        ] as [(String, FailureReason)]
    )
    func aCodeHasItsReasonAndStandsInTheMessage(state: String, reason: FailureReason) {
        let failure = PostgresReasons.failure(PostgresError(state: state, message: "why"))
        #expect(failure.reason == reason && failure.message == "\(state): why")
    }

    @Test(
        arguments: [
            (#"could not open certificate file "/x": Permission denied"#, .internal),
            (#"private key file "/x" has group or world access"#, .internal),
            (#"definition of service "x" not found"#, .internal),
            ("SSL error: sslv3 alert handshake failure", .tlsProtocol),
            ("SSL error: tlsv13 alert certificate required", .tlsClientCertificate),
            ("SSL error: tlsv1 alert unknown ca", .tlsClientCertificate),
            ("SSL error: certificate verify failed", .tlsProtocol),
            (#"server certificate for "a" does not match host name "b""#, .tlsProtocol),
            ("no connection to the server", .closedEarly), ("connect: Connection refused", .connectRefused),
            ("could not receive data from server: Connection reset by peer", .connectionReset),
            ("could not connect to server: Connection timed out", .connectTimeout),
            ("connect: No route to host", .unreachable), ("connect: Network is unreachable", .unreachable),
            ("connect: Permission denied", .unreachable), ("could not create socket: Too many open files", .internal),
            ("connect: Cannot assign requested address", .internal), ("could not send: Broken pipe", .closedEarly),
            ("server closed the connection unexpectedly", .closedEarly),
            ("SSL SYSCALL error: EOF detected", .closedEarly), ("SSL connection has been closed", .closedEarly),
            ("received invalid response to SSL negotiation: H", .protocolError),
            ("server sent an error response during SSL exchange", .notServing),
            ("expected authentication request from server, but received H", .protocolError), ("", .protocolError),
        ] as [(String, FailureReason)]
    )
    func aTextOfLibpqHasItsReason(text: String, reason: FailureReason) {
        #expect(PostgresReasons.failure(PostgresError(state: nil, message: text)).reason == reason)
    }

    @Test(arguments: [
        ("connect: Connection refused", "Connection refused"),
        ("x closed the connection unexpectedly\n", "the server closed the connection unexpectedly"),
        ("SSL SYSCALL error: EOF detected", "the server closed the encrypted connection unexpectedly"),
        (
            #"definition of service "x" not found"#,
            #"PGSERVICE of this process's environment: definition of service "x" not found"#
        ),
        ("something else", "something else"),
    ])
    func aTextOfLibpqIsShortenedToWhatItSays(text: String, message: String) {
        #expect(PostgresReasons.failure(PostgresError(state: nil, message: text)).message == message)
    }

    @Test func onlyClass42IsARefusedStatement() {
        let refused = ["42501", "42P01", "42883", "28P01", "57014", nil].map {
            PostgresError(state: $0, message: "").isRefusedStatement
        }
        #expect(refused == [true, true, true, false, false, false])
        #expect(PostgresError(state: "42501", message: "").isMissingGrant)
        #expect(!PostgresError(state: "42P01", message: "").isMissingGrant)
    }
}
