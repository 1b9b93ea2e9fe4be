import HealthCore
import HealthTesting
import NIOCore
import Testing

@testable import HealthChecks

/// The small parsers of what servers and plugins say.
struct ProtocolTests {
    @Test(
        arguments: [
            ("+PONG\r\nrest", .value(.simple("PONG"), length: 7)), ("-ERR x\r\n", .value(.error("ERR x"), length: 8)),
            (":-12\r\n", .value(.integer(-12), length: 6)), ("$-1\r\n", .value(.bulk(nil), length: 5)),
            ("$3\r\na\rb\r\n", .value(.bulk(Array("a\rb".utf8)), length: 9)),
            ("$0\r\n\r\n", .value(.bulk([]), length: 6)),
            ("", .needsMore), ("+PONG", .needsMore), ("+PONG\r", .needsMore), ("$3\r\nab", .needsMore),
        ] as [(String, RESPReader.Outcome)]
    )
    func readsRedis(text: String, expected: RESPReader.Outcome) {
        #expect(RESPReader.read(Array(text.utf8)) == expected)
    }

    @Test(arguments: [
        "*1\r\n+a\r\n", "HTTP", "$2147483648\r\n", "$99999999999999999999\r\n", "$-2\r\n", "$x\r\n", ":x\r\n", "+a\rb",
        "$1\r\nabc", "+" + String(repeating: "x", count: 5000),
    ])
    func refusesWhatIsNoRedis(text: String) {
        guard case .invalid = RESPReader.read(Array(text.utf8)) else {
            Issue.record("taken: \(text.prefix(20))")
            return
        }
    }

    @Test(
        arguments: [
            ("*2\r\n$1\r\na\r\n$2\r\n10\r\n!", .value(.array([.bulk([97]), .bulk([49, 48])]), length: 19)),
            ("*0\r\n", .value(.array([]), length: 4)), ("*2\r\n$1\r\na\r\n", .needsMore), ("*1\r\n", .needsMore),
            ("*17\r\n", .invalid("an array of too many elements")),
            ("*-1\r\n", .invalid("an array of too many elements")),
            ("*1\r\n*1\r\n", .invalid("the answer is no RESP value that was asked for")),
            ("*2\r\n$1025\r\n", .invalid("a bulk string of 1025 bytes")),
            ("*1\r\n+" + String(repeating: "x", count: 1025), .invalid("a line longer than 1024 bytes")),
        ] as [(String, RESPReader.Outcome)]
    )
    func readsRedisArraysThatWereAskedFor(text: String, expected: RESPReader.Outcome) {
        #expect(RESPReader.read(Array(text.utf8), takesArrays: true) == expected)
    }

    @Test(arguments: ["*16\r\n", "*2147483647\r\n"])
    func anArrayWithoutEndIsNoAnswer(head: String) {
        var bytes = Array(head.utf8)
        let longest = RESPReader.maximumElements * (RESPReader.maximumElement + 16) + 16
        while case .needsMore = RESPReader.read(bytes, takesArrays: true), bytes.count <= longest {
            bytes += Array("$1024\r\n\(String(repeating: "x", count: 1024))\r".utf8)
            guard case .needsMore = RESPReader.read(bytes, takesArrays: true) else { break }
            bytes += [10]
        }
        #expect(bytes.count <= longest && RESPReader.read(bytes, takesArrays: true) != .needsMore)
    }

    @Test func writesRedisCommands() {
        #expect(RESPReader.command(["AUTH", "ä\r\n"]) == Array("*2\r\n$4\r\nAUTH\r\n$4\r\nä\r\n\r\n".utf8))
    }

    @Test(
        arguments: [
            ("role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:13\r\n", "replica", 13),
            ("role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:70\r\n", "replica", 70),
            ("role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:-1\r\n", "replica", nil),
            (
                "# R\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=1,state=online,lag=1\r\nslave1:ip=2,state=online,lag=4\r\nslave2:ip=3,state=wait_bgsave,lag=0\r\n",
                "master", 4
            ),
            ("role:master\r\nslave_expires:9\r\nslaves:lag=9\r\n", "master", nil), ("", "unknown", nil),
        ] as [(String, String, Double?)]
    )
    func readsReplication(text: String, role: String, lag: Double?) {
        let info = RedisInfo(Array(text.utf8))
        #expect(info.role == role && info.replicationLag() == lag)
    }

    @Test(arguments: [
        "used_memory:1e300\r\nmaxmemory:1\r\n",
        "role:slave\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:1e300\r\n",
    ])
    func numbersBeyondAllMeasureAreJudged(info: String) throws {
        func unhealthy(at bound: String) -> SettingNode {
            .map([.init(key: "unhealthy", position: .start, value: .text(bound))], .start)
        }
        let made = KindRun.make(
            "redis",
            [
                ("url", .text("redis://h")), ("memory_used", unhealthy(at: "90%")),
                ("replication_lag", unhealthy(at: "1m")),
            ]
        )
        let check = try #require(made.check as? RedisCheck, "\(made.problems)")
        #expect(check.judge(RedisInfo(Array(info.utf8))).verdict == .failure(.threshold))
    }

    @Test(
        arguments: [
            ("DISK OK - fine | /=12B;1;2;3;4 'a b'=5%", "DISK OK - fine ", ["/": "12B", "a b": "5%"]),
            ("OK\r\nlong text\r\nmore | x=1\r\n", "OK", ["x": "1"]), ("OK\n|a=1", "OK", ["a": "1"]),
            ("no data |", "no data ", [:]),
            ("bad | =1 a b=x c=U 'd''e'=2", "bad ", ["c": "U", "d'e": "2"]), ("", "", [:]),
            ("\u{7}\u{1b}[31mred", "[31mred", [:]),
        ] as [(String, String, [String: String])]
    )
    func readsPlugins(text: String, message: String, values: [String: String]) {
        let output = PluginOutput(Array(text.utf8))
        let seen = Dictionary(output.details.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(output.message == message && seen == values)
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0, 2, 8, 1], 1), ([0, 0, 0, 0, 0], 0), ([0, 0, 0, 0, 5, 0x12, 1, 97, 8, 2], 2),
            ([1, 0, 0, 0, 2, 8, 1], nil), ([0, 0, 0, 0, 9, 8, 1], nil), ([0, 0x7f, 0xff, 0xff, 0xff], nil),
            ([0, 0, 0, 0, 2, 0x12, 0xff], nil), ([0, 0, 0, 0, 1, 8], nil), ([], nil),
        ] as [([UInt8], Int?)]
    )
    func readsHealthAnswers(bytes: [UInt8], status: Int?) {
        #expect(GRPCMessage.servingStatus(framed: bytes) == status)
    }

    @Test func writesHealthRequests() {
        #expect(GRPCMessage.request(service: "") == [0, 0, 0, 0, 0])
        let long = GRPCMessage.request(service: String(repeating: "s", count: 200))
        #expect(Array(long.prefix(8)) == [0, 0, 0, 0, 203, 0x0a, 0xc8, 0x01] && long.count == 208)
    }

    @Test(
        arguments: [
            ("connection to server at \"h\", port 1 failed: FATAL:  53300: sorry\nLOCATION: x", "53300", "sorry"),
            ("ERROR:  42P01: relation does not exist", "42P01", "relation does not exist"),
            ("could not connect: Connection refused", nil, "could not connect: Connection refused"),
            ("connection to server at \"h\", port 1 failed: server closed", nil, "server closed"),
            ("FATAL:  sorry", nil, "FATAL:  sorry"), ("ВАЖНО:  28P01: нет", "28P01", "нет"),
        ] as [(String, String?, String)]
    )
    func findsTheCodeInWhatPostgresSays(text: String, state: String?, message: String) {
        let problem = PostgresConnection.Problem(text: text)
        #expect(problem.state == state && problem.message == message)
    }

    @Test(
        arguments: [
            (Array("E\0\0\0\u{12}C57P03\0Mwait\0\0??".utf8), .whole(.init(state: "57P03", message: "wait"))),
            (Array("E\0\0\0\u{12}C57P03\0Mwait".utf8), .needsMore), ([69], .needsMore), ([], .needsMore),
            ([69, 0, 0, 0, 7, 1], .invalid), ([69, 255, 255, 255, 255], .invalid), ([82, 0, 0, 0, 9], .invalid),
        ] as [([UInt8], PostgresConnection.Problem.Outcome)]
    )
    func readsWholeErrorsOfPostgres(bytes: [UInt8], expected: PostgresConnection.Problem.Outcome) {
        #expect(PostgresConnection.Problem.read(bytes) == expected)
    }

    @Test(
        arguments: [
            ("42501", "x", .authentication), ("57P05", "x", .notServing), ("3F000", "x", .missing),
            (nil, #"could not open certificate file "/x": Permission denied"#, .internal),
            (nil, #"private key file "/x" has group or world access"#, .internal),
            (nil, #"definition of service "x" not found"#, .internal),
            (nil, "SSL error: sslv3 alert handshake failure", .tlsProtocol),
            (nil, "SSL error: tlsv13 alert certificate required", .tlsClientCertificate),
            (nil, "SSL error: tlsv1 alert unknown ca", .tlsClientCertificate),
            (nil, "no connection to the server", .closedEarly), (nil, "connect: Connection refused", .connectRefused),
        ] as [(String?, String, FailureReason)]
    )
    func tellsWhatPostgresAndLibpqMean(state: String?, words: String, reason: FailureReason) {
        #expect(PostgresReasons.failure(.init(state: state, message: words)).reason == reason)
    }

    @Test(
        arguments: [
            (#"EHLO x\r\n"#, Array("EHLO x\r\n".utf8)), (#"\x00\xff\t\\"#, [0, 255, 9, 92]), ("ä", Array("ä".utf8)),
            (#"\q"#, nil), (#"\x0"#, nil), (#"\xzz"#, nil), (#"\"#, nil),
        ] as [(String, [UInt8]?)]
    )
    func readsBytesOfADialogue(text: String, expected: [UInt8]?) {
        #expect(DialogueStep.bytes(text) == expected)
    }

    @Test(
        arguments: [
            ("", .boolean(true)), ("/a", nil), ("/a/0", nil),
        ] as [(String, JSONValue?)]
    )
    func aPointerIntoAScalarFindsNothing(pointer: String, expected: JSONValue?) throws {
        #expect(try #require(JSONPointer(pointer)).value(in: .boolean(true)) == expected)
    }

    /// The examples of RFC 6901 §5.
    @Test(arguments: [
        ("/foo/0", "bar"), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/i\\j", "5"), ("/ ", "7"), ("/m~0n", "8"),
    ])
    func followsPointers(pointer: String, expected: String) throws {
        let text = #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"i\\j":5," ":7,"m~n":8}"#
        let document = try #require(JSONValue(parsing: Array(text.utf8)))
        #expect(try #require(JSONPointer(pointer)).value(in: document)?.equals(expected) == true)
    }

    @Test func pointersAreStrict() throws {
        #expect(JSONPointer("a") == nil && JSONPointer("/~2") == nil && JSONPointer("/~") == nil)
        let document = try #require(JSONValue(parsing: Array("[1,2]".utf8)))
        for pointer in ["/01", "/-", "/2", "/-1", "/a"] {
            #expect(try #require(JSONPointer(pointer)).value(in: document) == nil, "\(pointer)")
        }
        #expect(JSONValue(parsing: Array("{1:2}".utf8)) == nil)
    }

    @Test(arguments: [
        ("/x", "http://h:81/x"), ("x?y", "http://h:81/a/x?y"), ("//o/z", "http://o/z"),
        ("https://o:8443/", "https://o:8443/"),
        ("?q", "http://h:81/a/b?q"),
    ])
    func resolvesRedirects(location: String, expected: String) throws {
        let target = try HTTPTarget("http://h:81/a/b?c")
        let redirected = try target.redirected(to: location)
        #expect(try redirected == HTTPTarget(expected))
    }

    @Test(arguments: [
        "file:///etc/passwd", "gopher://h/", "http://", "http://u:p@h/", "http://h/\r\nX: y", "http://[::1",
    ])
    func refusesRedirectsToElsewhere(location: String) throws {
        let target = try HTTPTarget("http://h:81/a/b?c")
        #expect(throws: HTTPTarget.Problem.self) { try target.redirected(to: location) }
    }

    @Test(arguments: [
        ("http://H:80/x", true), ("http://h/", true), ("https://h/", false), ("http://h:81/", false),
        ("http://i/", false),
    ])
    func comparesOrigins(other: String, isSame: Bool) throws {
        #expect(try HTTPTarget("http://h/").hasSameOrigin(as: HTTPTarget(other)) == isSame)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["(a+)+$", "(a|a)*$", "^(([a-z])+.)+[A-Z]([a-z])+$", ".*ok", "(x+x+)+y"])
    func patternsThatExplodeEnd(pattern: String) throws {
        let compiled = try Pattern(pattern)
        for unit in ["a", "ax ", "x"] {
            // Whether it matches or not, it comes back: a matcher that tries all ways takes years for some of these.
            _ = try compiled.search(in: Array(String(repeating: unit, count: 65_536 / unit.count).utf8))
        }
    }
}
