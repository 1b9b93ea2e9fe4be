import HealthCore
import HealthTesting
import Testing

/// Users and passwords in URLs, and what only looks like them.
@Suite struct UserInformationTests {
    @Test(arguments: [
        ("postgres://orders:hunter2@db:5432/x", "postgres://db:5432/x"),
        ("postgres://orders@db/x", "postgres://db/x"), ("redis://:hun/ter@2@cache/0", "redis://cache/0"),
        ("http://u:hun?ter#2@web", "http://web"), ("http://u:p@ss/word@web/x", "http://web/x"),
        ("me:hunter2@db", "db"), ("amqp://u:hun ter@mq", "amqp://mq"),
        ("from http://a/b to redis://u:hunter2@c", "from http://a/b to redis://c"),
        ("http://u:p@\u{301}web", "http://\u{301}web"),
    ])
    func isTakenOut(text: String, rest: String) {
        #expect(text.hasUserInformation)
        #expect(text.withoutUserInformation == rest)
        let marked = text.replacingUserInformation(with: "…").unicodeScalars
        #expect(marked.split(separator: "…").last?.first == "@")
        let check = HealthCheckAt(target: text)
        #expect(Registration.make(check: check).target == rest)
    }

    @Test(arguments: [
        "https://registry/@scope/pkg", "http://web:8080/users/me@example.org", "http://[::1]:80/@x?y=a@b",
        "https://wiki.example/a:b@c", "team@example.org", "/var/mail/a:b@c", "https://example.org/a:b", "db:5432", "",
    ])
    func whatOnlyLooksLikeItStays(text: String) {
        #expect(!text.hasUserInformation)
        #expect(text.withoutUserInformation == text)
        #expect(Registration.make(check: HealthCheckAt(target: text)).target == text)
    }

    /// A check that goes somewhere.
    private struct HealthCheckAt: HealthCheck {
        let target: String?

        func run(_ context: RunContext) async throws -> CheckReport { CheckReport(.success) }
    }
}
