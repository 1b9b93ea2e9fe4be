import HealthCore
import HealthTesting
import NIOCore
import Platform
import Testing

@testable import HealthChecks

/// What the network does to a run, and what is said of it.
struct NetworkFaultTests {
    private static let connecting = KindContractTests.subjects.filter {
        $0.isServed && $0.kind.name != "postgres"
    }

    private static func check(_ subject: KindContractTests.Subject, port: Int) throws -> any HealthCheck {
        let made = KindRun.make(subject.kind.name, subject.keys(port: port))
        return try #require(made.check, "\(made.problems)")
    }

    private static func result(of made: (any HealthCheck)?) async throws -> RunResult {
        let check = try #require(made)
        return try #require(await KindRun.run(check))
    }

    @Test(arguments: connecting.filter { $0.kind.name != "memcached" })
    func aResetIsAResetEachTime(subject: KindContractTests.Subject) async throws {
        let server = try await FaultServer(.resetAtOnce)
        let check = try Self.check(subject, port: server.port)
        for _ in 0..<50 {
            let result = try #require(await KindRun.run(check))
            #expect(result.reason == .connectionReset, "\(result.message)")
        }
        try await server.stop()
    }

    @Test(arguments: connecting.filter { $0.kind.name != "memcached" && $0.kind.name != "grpc" })
    func anEndAfterTheQuestionIsAnEndEachTime(subject: KindContractTests.Subject) async throws {
        let server = try await FaultServer(.closeWhenAsked)
        let check = try Self.check(subject, port: server.port)
        for _ in 0..<50 {
            let result = try #require(await KindRun.run(check))
            #expect(result.reason == .closedEarly, "\(result.message)")
        }
        try await server.stop()
    }

    @Test(arguments: connecting.filter { $0.kind.name != "memcached" })
    func aMessageNamesTheAddress(subject: KindContractTests.Subject) async throws {
        let port = try await ClosedPort.next()
        let check = try Self.check(subject, port: port)
        let result = try #require(await KindRun.run(check))
        #expect(result.message == "127.0.0.1:\(port): Connection refused")
    }

    @Test(arguments: [
        "HTTP/1.1 200 " + String(repeating: "x", count: 1_000_000),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + String(repeating: "x", count: 1_000_000),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1;"
            + String(repeating: "x", count: 1_000_000),
    ])
    func whatSurroundsABodyHasALimit(answer: String) async throws {
        let server = try await FaultServer(.stall(answer))
        let made = KindRun.make("http", [("url", .text("http://127.0.0.1:\(server.port)/"))])
        let result = try await Self.result(of: made.check)
        #expect(result.reason == .headersTooLarge, "\(result.message)")
        try await server.stop()
    }

    @Test(arguments: ["169.254.169.254.", "100.100.100.200."])
    func theDotOfAnAbsoluteNameMakesNoNameOfAnAddress(host: String) async throws {
        let made = KindRun.make("http", [("url", .text("http://\(host)/"))])
        let result = try await Self.result(of: made.check)
        #expect(result.reason == .blocked, "\(result.message)")
        let server = try await FaultServer(
            .answer("HTTP/1.1 302 Found\r\nLocation: http://\(host)/latest/\r\nContent-Length: 0\r\n\r\n")
        )
        let keys = [("url", "http://127.0.0.1:\(server.port)/"), ("follow_redirects", "2")]
        let following = KindRun.make("http", keys.map { ($0, SettingNode.text($1)) })
        let redirected = try await Self.result(of: following.check)
        #expect(redirected.reason == .blocked, "\(redirected.message)")
        try await server.stop()
    }

    @Test func aConnectionEndsWithoutAReset() async throws {
        let server = try await FaultServer(.silence)
        let made = KindRun.make("tcp", [("address", .text("127.0.0.1:\(server.port)"))])
        let check = try #require(made.check)
        for _ in 0..<5 {
            let result = try #require(await KindRun.run(check))
            #expect(result.kind == .success)
        }
        while server.ends.value < 5 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.errors.value == 0)
        try await server.stop()
    }

    @Test func resetsAreSentOnlyWherePortsWouldRunOut() throws {
        let budget = PortBudget(ports: 40)
        let (a, b) = (try SocketAddress(unixDomainSocketPath: "a"), try SocketAddress(unixDomainSocketPath: "b"))
        func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
        let first = (0..<12).map { _ in budget.use(a, now: at(0)) }
        #expect(first == Array(repeating: false, count: 10) + [true, true])
        // Another address has ports of its own; those of the minute before still wait.
        #expect(!budget.use(b, now: at(1)) && budget.use(a, now: at(61)) && !budget.use(a, now: at(200)))
    }

    @Test(
        arguments: [
            (2, 3, 13, .unreachable, "a router said: administratively prohibited"),
            (2, 3, 0, .unreachable, "a router said: network unreachable"),
            (2, 3, 1, .unreachable, "a router said: host unreachable"),
            (2, 3, 2, .unreachable, "the target said: protocol unreachable"),
            (2, 3, 3, .connectRefused, "the target said: port unreachable"),
            (2, 11, 0, .unreachable, "a router said: time exceeded"),
            (3, 1, 4, .connectRefused, "the target said: port unreachable"),
            (3, 1, 1, .unreachable, "a router said: administratively prohibited"),
            (3, 3, 0, .unreachable, "a router said: time exceeded"),
            (2, 12, 1, .unreachable, "a router said: ICMP type 12, code 1"),
        ] as [(UInt8, UInt8, UInt8, FailureReason, String)]
    )
    func saysWhoSaidWhat(origin: UInt8, type: UInt8, code: UInt8, reason: FailureReason, text: String) throws {
        let error: [UInt8] = [113, 0, 0, 0, origin, type, code, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let (level, kind): (UInt8, UInt8) = origin == 2 ? (0, 11) : (41, 25)
        func message(_ level: UInt8, _ kind: UInt8, _ body: [UInt8]) -> [UInt8] {
            let bytes = [UInt8(16 + body.count), 0, 0, 0, 0, 0, 0, 0, level, 0, 0, 0, kind, 0, 0, 0] + body
            return bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
        }
        let control = message(0, 2, [64, 0, 0, 0]) + message(level, kind, error)
        let failure = try #require(RouterMessage(control: control)).failure
        #expect(failure.reason == reason && failure.message == text)
        for count in 0..<control.count where count < 24 + 32 {
            #expect(RouterMessage(control: Array(control.prefix(count))) == nil)
        }
        #expect(RouterMessage(control: [UInt8](repeating: 255, count: 64)) == nil)
    }

    @Test(
        arguments: [
            (EAI_AGAIN, 0, .dnsFailure), (EAI_AGAIN, 5, .dnsTimeout), (EAI_NONAME, 5, .dnsNotFound),
            (EAI_FAIL, 5, .dnsFailure), (EAI_MEMORY, 0, .internal),
        ] as [(Int32, Int64, FailureReason)]
    )
    func theSilenceOfANameServerIsItsOwnReason(status: Int32, seconds: Int64, reason: FailureReason) {
        #expect(AddressLookup.failure(status: status, errno: 0, host: "h", after: .seconds(seconds)).reason == reason)
    }
}
