import HealthCore
import Testing

@testable import HealthChecks

/// Whole runs against a scripted server: which commands are sent, and what each answer leads to.
struct RedisSessionTests {
    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

    private static func result(
        path: String = "",
        keys: [(String, SettingNode)] = [],
        _ answers: [String]
    ) async throws -> RunResult {
        try await KindRun.result(
            of: "redis",
            url: "redis://127.0.0.1:PORT\(path)",
            keys: keys,
            answers: answers.map { Array($0.utf8) }
        )
    }

    private static let master = bulk("role:master\r\nredis_version:7.2.4\r\n")

    @Test func logsInAndSelectsBeforeThePing() async throws {
        let result = try await Self.result(
            path: "/3",
            keys: [("password", .text("hunter22"))],
            ["+OK\r\n", "+OK\r\n", "+PONG\r\n", Self.master]
        )
        #expect(result.kind == .success && result.message == "PONG, role master, version 7.2.4")
    }

    @Test(
        arguments: [
            ([("password", "p")], "", ["-WRONGPASS invalid username-password pair\r\n"], .authentication),
            ([("password", "p")], "", ["+QUEUED\r\n"], .protocolError),
            ([], "/99", ["-ERR DB index is out of range\r\n"], .protocolError),
            ([], "", ["-NOAUTH Authentication required.\r\n"], .authentication),
            ([], "", ["-LOADING Redis is loading the dataset in memory\r\n"], .notServing),
            ([], "", ["+PANG\r\n"], .protocolError), ([], "", ["$4\r\nPONG\r\n"], .protocolError),
            ([], "", ["HTTP/1.1 400 Bad Request\r\n"], .protocolError),
            ([], "", ["+PONG\r\n", "+OK\r\n"], .protocolError), ([], "", ["+PONG\r\n", "$-1\r\n"], .protocolError),
            ([], "", ["+PONG\r\n", "$0\r\n\r\n"], .protocolError),
            ([], "", ["+PONG\r\n", "-LOADING x\r\n"], .notServing),
        ] as [([(String, String)], String, [String], FailureReason)]
    )
    func anAnswerThatIsNotTheExpectedOneHasItsReason(
        keys: [(String, String)],
        path: String,
        answers: [String],
        reason: FailureReason
    ) async throws {
        let result = try await Self.result(path: path, keys: keys.map { ($0.0, .text($0.1)) }, answers)
        #expect(result.reason == reason, "\(result.message)")
        #expect(result.message.hasPrefix("127.0.0.1:"), "\(result.message)")
    }

    @Test(
        arguments: [
            ([], nil), ([("role", .text("master"))], "role"),
            ([("memory_used", .map([("unhealthy", "90%")]))], "used_memory"),
            ([("replication_lag", .map([("unhealthy", "1m")]))], "role"),
        ] as [([(String, SettingNode)], String?)]
    )
    func infoIsNeededByTheKeysThatUseIt(keys: [(String, SettingNode)], field: String?) async throws {
        let refused = try await Self.result(keys: keys, ["+PONG\r\n", "-NOPERM no INFO\r\n"])
        #expect(refused.reason == (field == nil ? nil : .authentication), "\(refused.message)")
        if field == nil {
            let why = "INFO was answered with NOPERM no INFO; allow the user +info (ACL SETUSER)"
            #expect(refused.details == [.init("not told", why)])
        }
        let poor = try await Self.result(keys: keys, ["+PONG\r\n", Self.bulk("x:1\r\n")])
        #expect(poor.reason == (field == nil ? nil : .protocolError))
        if let field { #expect(poor.message.hasSuffix("the answer to INFO has no \(field)")) }
    }

    @Test func aReplicaMustSayWhetherItHasItsPrimary() async throws {
        let result = try await Self.result(
            keys: [("replication_lag", .map([("unhealthy", "1m")]))],
            ["+PONG\r\n", Self.bulk("role:slave\r\n")]
        )
        #expect(result.reason == .protocolError)
        #expect(result.message.hasSuffix("the answer to INFO has no master_link_status"))
    }

    @Test(
        arguments: [
            ("*2\r\n$24\r\nrepl-ping-replica-period\r\n$2\r\n60\r\n", 0),
            ("*2\r\n$24\r\nrepl-ping-replica-period\r\n$1\r\n0\r\n", 30),
            ("*2\r\n$24\r\nrepl-ping-replica-period\r\n$3\r\nnan\r\n", 30),
            ("*0\r\n", 30), ("-NOPERM no CONFIG\r\n", 30),
        ] as [(String, Double)]
    )
    func theConfiguredPingPeriodDecidesWhenAReplicaIsBehind(answer: String, lag: Double) async throws {
        let replica = "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:30\r\n"
        let result = try await Self.result(["+PONG\r\n", Self.bulk(replica), answer])
        #expect(result.kind == .success && result.measured.map(\.value) == [lag], "\(result.message)")
    }

    @Test func anAnswerToConfigThatIsNoArrayIsMalformed() async throws {
        let replica = "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:30\r\n"
        let result = try await Self.result(["+PONG\r\n", Self.bulk(replica), "+10\r\n"])
        #expect(result.reason == .protocolError)
        #expect(result.message.hasSuffix("the answer to CONFIG GET is no array"))
    }
}
