import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// What people are told about where a check goes.
struct CheckTargetTests {
    /// A kind with its keys, and the target that they come to.
    struct Example: Sendable, CustomTestStringConvertible {
        let kind: String
        let keys: [(String, String)]
        let target: String?

        var testDescription: String { "\(kind) \(target ?? "nothing")" }
    }

    static let examples = [
        Example(kind: "http", keys: [("url", "http://127.0.0.1:8080/path")], target: "http://127.0.0.1:8080/path"),
        Example(kind: "http", keys: [("url", "https://[::1]")], target: "https://[::1]/"),
        Example(
            kind: "http",
            keys: [("url", "http://h/p?token=hunter22&deep=1&hunter33")],
            target: "http://h/p?token=…&deep=…&…"
        ),
        Example(kind: "tcp", keys: [("address", "[::1]:25")], target: "[::1]:25"),
        Example(kind: "tls", keys: [("address", "shop.example:443")], target: "shop.example:443"),
        Example(kind: "grpc", keys: [("address", "127.0.0.1:50051")], target: "127.0.0.1:50051"),
        Example(kind: "dns", keys: [("name", "shop.example")], target: "shop.example A"),
        Example(
            kind: "dns",
            keys: [("name", "shop.example"), ("record", "AAAA"), ("server", "10.0.0.53")],
            target: "shop.example AAAA @10.0.0.53:53"
        ),
        Example(kind: "postgres", keys: [("url", "postgres://user@db/orders")], target: "postgres://db:5432/orders"),
        Example(
            kind: "redis",
            keys: [("url", "redis://user@127.0.0.1"), ("password", "hunter22")],
            target: "redis://127.0.0.1:6379/0"
        ),
        Example(kind: "disk", keys: [("path", "/var")], target: "/var"),
        Example(kind: "file", keys: [("path", "/etc/hosts")], target: "/etc/hosts"),
        Example(kind: "memory", keys: [], target: nil),
        Example(kind: "heartbeat", keys: [("within", "1h")], target: nil),
    ]

    @Test(arguments: examples)
    func namesWhereItGoesAndNoSecret(example: Example) throws {
        let (check, problems) = KindRun.make(example.kind, example.keys.map { ($0.0, .text($0.1)) })
        #expect(try #require(check, "\(problems)").target == example.target)
    }

    @Test func aCommandIsNamedWithoutItsArguments() throws {
        let words = ["check_http", "--password", "hunter22"].map(SettingNode.text)
        let (check, problems) = KindRun.make("exec", [("command", .list(words, .start))])
        #expect(try #require(check, "\(problems)").target == "check_http")
    }

    @Test(arguments: ["hunter22", "hün<ter>22"])
    func whatCameFromAFileIsNoPartOfIt(secret: String) throws {
        var scalar = SettingScalar(
            "http://127.0.0.1:80/hooks/\(secret)/x",
            written: "http://127.0.0.1:80/hooks/${file:s}/x"
        )
        scalar.fileTexts = [secret]
        let node = SettingNode.scalar(scalar, .start)
        let (check, problems) = KindRun.make("http", [("url", node)])
        let redaction = Redaction(
            of: .map([.init(key: "url", position: .start, value: node)], .start),
            keys: HTTPCheck.kind.keys
        )
        let redacted = RedactedCheck(try #require(check, "\(problems)"), redaction)
        #expect(redacted.target == "http://127.0.0.1/hooks/<secret>/x")
    }

    /// A program's own check may name more than it should.
    @Test(arguments: [
        ("mysql://root:hunter22@db:3306/x", "mysql://db:3306/x"), ("amqp://a@b:hunter22@mq", "amqp://mq"),
        ("http://h/?mail=a@b", "http://h/?mail=a@b"), ("a@b", "a@b"),
    ])
    func aProgramsTargetLosesItsUser(given: String, shown: String) {
        let registration = Registration.make(check: NamedCheck(target: given))
        #expect(registration.target == shown)
    }

    private struct NamedCheck: HealthCheck {
        let target: String?

        func run(_ context: RunContext) async throws -> CheckReport { CheckReport(.success) }
    }
}
