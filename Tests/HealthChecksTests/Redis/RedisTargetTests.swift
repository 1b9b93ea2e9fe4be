import Testing

@testable import HealthChecks

/// The URLs that a check of kind `redis` reads, and those that it refuses.
struct RedisTargetTests {
    @Test(
        arguments: [
            ("redis://h", false, "h", 6379, nil, 0), ("rediss://h", true, "h", 6379, nil, 0),
            ("REDIS://h/", false, "h", 6379, nil, 0), ("redis://h:1/15", false, "h", 1, nil, 15),
            ("redis://app@h:65535/65535", false, "h", 65_535, "app", 65_535),
            ("redis://@h", false, "h", 6379, nil, 0), ("rediss://[::1]:7000/2", true, "::1", 7000, nil, 2),
            ("redis://a%40b@h", false, "h", 6379, "a@b", 0),
        ] as [(String, Bool, String, Int, String?, Int)]
    )
    func readsTheParts(
        text: String,
        isEncrypted: Bool,
        host: String,
        port: Int,
        user: String?,
        database: Int
    ) throws {
        let target = try RedisTarget(text)
        #expect(target.isEncrypted == isEncrypted && target.host == host && target.port == port)
        #expect(target.user == user && target.database == database)
    }

    @Test(
        arguments: [
            ("", .notAURL), ("http://h", .notAURL), ("redis://", .notAURL), ("redis:///0", .notAURL),
            ("redis://h/x", .notAURL), ("redis://h/-1", .notAURL), ("redis://h/65536", .notAURL),
            ("redis://h/0/1", .notAURL), ("redis://h:0", .notAURL), ("redis://h:65536", .notAURL),
            ("redis://h?db=1", .notAURL), ("redis://h#x", .notAURL), ("redis://h/\u{1b}", .notAURL),
            ("redis://a%0Ab@h", .notAURL), ("redis://h%05", .notAURL), ("redis://h%40i", .notAURL),
            ("redis://:p@h", .hasPassword), ("redis://u:p@h", .hasPassword), ("redis://u:@h", .hasPassword),
            ("redis://[", .notAURL), ("redis://[:1/0", .notAURL), ("redis://[h]", .notAURL), ("redis://[]", .notAURL),
        ] as [(String, RedisTarget.Problem)]
    )
    func refusesWithItsProblem(text: String, problem: RedisTarget.Problem) {
        #expect(throws: problem) { try RedisTarget(text) }
    }

    @Test(arguments: [
        ("redis://app@h", "redis://h:6379/0"), ("rediss://[2001:db8::1]:7/3", "rediss://[2001:db8::1]:7/3"),
    ])
    func isDisplayedWithoutTheUser(text: String, shown: String) throws {
        #expect(try RedisTarget(text).description == shown)
    }

    @Test(
        arguments: [
            ([("url", "redis://u:hunter22@h")], "a password does not belong in a URL; use the key `password`"),
            (
                [("url", "redis://hunter22:6379x")],
                "expected redis://[user@]host[:port][/database], or rediss:// for TLS"
            ),
            ([("url", "redis://u@h")], "a user needs a `password`"),
        ] as [([(String, String)], String)]
    )
    func aProblemOfTheURLQuotesNothingOfIt(keys: [(String, String)], message: String) {
        let problems = KindRun.make("redis", keys.map { ($0.0, .text($0.1)) }).problems
        #expect(problems == [message])
    }
}
