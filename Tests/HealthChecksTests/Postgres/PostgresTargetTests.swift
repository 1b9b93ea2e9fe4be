import Testing

@testable import HealthChecks

/// The URLs that a check of kind `postgres` reads, and those that it refuses.
struct PostgresTargetTests {
    @Test(arguments: [
        ("postgres://u@h", "h", 5432, "u", "u", "prefer"),
        ("postgresql://u@h/d", "h", 5432, "u", "d", "prefer"),
        ("POSTGRES://u@h:1/d", "h", 1, "u", "d", "prefer"),
        ("postgres://u@h:65535/", "h", 65_535, "u", "u", "prefer"),
        ("postgres://u@[::1]:5433/d", "::1", 5433, "u", "d", "prefer"),
        ("postgres://o%40b@h/a%2Fb", "h", 5432, "o@b", "a/b", "prefer"),
        ("postgres://u@h/d?sslmode=disable", "h", 5432, "u", "d", "disable"),
        ("postgres://u@h/d?sslmode=allow&sslmode=require", "h", 5432, "u", "d", "require"),
    ])
    func readsTheParts(
        text: String,
        host: String,
        port: Int,
        user: String,
        database: String,
        mode: String
    ) throws {
        let target = try PostgresTarget(text)
        #expect(target.host == host && target.port == port && target.user == user)
        #expect(target.database == database && target.sslMode == mode)
    }

    @Test(
        arguments: [
            ("", .notAURL), ("mysql://u@h/d", .notAURL), ("postgres://h/d", .notAURL), ("postgres://u@/d", .notAURL),
            ("postgres://u@h:0/d", .notAURL), ("postgres://u@h:65536/d", .notAURL), ("postgres://u@h/d#f", .notAURL),
            ("postgres://u@h/\u{7}", .notAURL), ("postgres://@h/d", .notAURL),
            ("postgres://u@h/%07", .notAURL), ("postgres://a%0Ab@h/d", .notAURL), ("postgres://u@h%05/d", .notAURL),
            ("postgres://u@h/d?a%0Ab=c", .notAURL), ("postgres://u@h%2Fa/d", .notAURL),
            ("postgres://u@[/d", .notAURL), ("postgres://u@[]/d", .notAURL), ("postgres://u@[h]/d", .notAURL),
            ("postgres://u:p@h/d", .hasPassword), ("postgres://u:@h/d", .hasPassword),
            ("postgres://u@h/d?sslmode=verify-full", .parameter("sslmode")),
            ("postgres://u@h/d?sslmode", .parameter("sslmode")), ("postgres://u@h/d?host=other", .parameter("host")),
            ("postgres://u@h/d?sslmode=require&options=-c", .parameter("options")),
        ] as [(String, PostgresTarget.Problem)]
    )
    func refusesWithItsProblem(text: String, problem: PostgresTarget.Problem) {
        #expect(throws: problem) { try PostgresTarget(text) }
    }

    @Test(arguments: [
        ("postgres://u@h", "postgres://h:5432/u"), ("postgres://u@[2001:db8::1]:7/d", "postgres://[2001:db8::1]:7/d"),
    ])
    func isDisplayedWithoutTheUser(text: String, shown: String) throws {
        #expect(try PostgresTarget(text).description == shown)
    }
}
