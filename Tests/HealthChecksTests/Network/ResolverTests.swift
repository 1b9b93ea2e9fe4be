import HealthCore
import HealthTesting
import NIOCore
import Platform
import Testing

@testable import HealthChecks

/// Lookups of names, and who shares them.
@Suite(.timeLimit(.minutes(5)))
struct ResolverTests {
    private static func phases() -> PhaseTimer { PhaseTimer(time: ManualTime()) }

    /// A lookup that the test holds until it lets it go.
    private final class HeldLookup: Sendable {
        let (begun, isReleased) = (Box(0), Box(false))
        let result = Box<Result<[SocketAddress], CheckFailure>>(.success([]))

        func resolve(_ name: SharedLookups.Name) throws -> [SocketAddress] {
            begun.update { $0 + 1 }
            while !isReleased.value { usleep(200) }
            return try result.value.get()
        }
    }

    private static func wait(until isTrue: () -> Bool) async {
        while !isTrue() { try? await Task.sleep(for: .milliseconds(1)) }
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1", "127.0.0.1"])
    func anAddressNeedsNoLookup(address: String) async throws {
        let stage = NetworkStage()
        let found = try await stage.resolver.addresses(of: address, port: 81, version: .auto, phases: Self.phases())
        #expect(found.map(\.ipAddress) == [address] && found.first?.port == 81)
        #expect(stage.lookups.value.isEmpty)
    }

    @Test(
        arguments: [
            ("192.0.2.1", .v6, "192.0.2.1 is no IPv6 address"), ("2001:db8::1", .v4, "2001:db8::1 is no IPv4 address"),
        ] as [(String, IPVersion, String)]
    )
    func anAddressOfTheOtherVersionIsNotFound(address: String, version: IPVersion, message: String) async {
        let failure = await NetworkStage.failure {
            _ = try await NetworkStage().resolver.addresses(
                of: address,
                port: 80,
                version: version,
                phases: Self.phases()
            )
        }
        #expect(failure?.reason == .dnsNotFound && failure?.message == message)
    }

    @Test func theOrderOfTheSystemStaysAndEachAddressHasThePort() async throws {
        let addresses = ["2001:db8::1", "192.0.2.7", "192.0.2.3"]
        let stage = NetworkStage(names: ["shop": addresses])
        let found = try await stage.resolver.addresses(of: "shop", port: 8080, version: .auto, phases: Self.phases())
        #expect(found.map(\.ipAddress) == addresses && found.allSatisfy { $0.port == 8080 })
    }

    @Test func aLookupIsNotKeptForLaterRuns() async throws {
        let stage = NetworkStage(names: ["shop": ["192.0.2.1"]])
        for _ in 0..<3 {
            _ = try await stage.resolver.addresses(of: "shop", port: 80, version: .auto, phases: Self.phases())
        }
        #expect(stage.lookups.value == ["shop", "shop", "shop"])
    }

    @Test func runsThatShareALookupEachHaveTheirOwnPort() async throws {
        let lookup = HeldLookup()
        lookup.result.set(.success([try SocketAddress(ipAddress: "192.0.2.1", port: 0)]))
        let resolver = Resolver(pool: BlockingPool(threads: 8, for: .names), lookup: lookup.resolve)
        let ports = try await withThrowingTaskGroup(of: Int?.self) { group in
            for port in 1...20 {
                group.addTask {
                    let found = try await resolver.addresses(of: "a", port: port, version: .v4, phases: Self.phases())
                    return found.first?.port
                }
            }
            await Self.wait { lookup.begun.value == 1 }
            lookup.isReleased.set(true)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ports.compactMap(\.self).sorted() == Array(1...20))
    }

    @Test func whileALookupIsUnderWayNoOtherOneOfTheSameNameBegins() async throws {
        let lookup = HeldLookup()
        lookup.result.set(.success([try SocketAddress(ipAddress: "192.0.2.1", port: 0)]))
        let (lookups, pool) = (SharedLookups(), BlockingPool(threads: 8, for: .names))
        let name = SharedLookups.Name(host: "a", version: .auto)
        let run: @Sendable (SharedLookups.Name) async throws -> [SocketAddress] = { name in
            try await lookups.addresses(of: name, pool: pool, phases: Self.phases()) { try lookup.resolve(name) }
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await run(name).count }
            await Self.wait { lookup.begun.value == 1 }
            for _ in 0..<10 { group.addTask { try await run(name).count } }
            await Self.wait { lookups.lateWaiterCount(of: name) == 10 }
            // The same host with another version is another name.
            group.addTask { try await run(SharedLookups.Name(host: "a", version: .v6)).count }
            await Self.wait { lookup.begun.value == 2 }
            #expect(pool.busy == 2)
            lookup.isReleased.set(true)
            var sum = 0
            for try await count in group { sum += count }
            #expect(sum == 12)
        }
        #expect(lookup.begun.value == 2)
    }

    @Test func aFailureIsNotDeliveredToARunThatCameAfterItsLookupBegan() async throws {
        let (lookups, pool) = (SharedLookups(), BlockingPool(threads: 1))
        let name = SharedLookups.Name(host: "h", version: .auto)
        let (begun, release, calls) = (Box(false), Box(false), Box(0))
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 0)
        let lookup: @Sendable () throws -> [SocketAddress] = {
            calls.set(calls.value + 1)
            begun.set(true)
            while !release.value { usleep(200) }
            // The server has recovered after the first lookup.
            if calls.value == 1 { throw CheckFailure(.dnsFailure, "old") }
            return [address]
        }
        async let early = lookups.addresses(of: name, pool: pool, phases: Self.phases(), lookup: lookup)
        await Self.wait { begun.value }
        async let late = lookups.addresses(of: name, pool: pool, phases: Self.phases(), lookup: lookup)
        await Self.wait { lookups.lateWaiterCount(of: name) == 1 }
        release.set(true)
        do {
            let addresses = try await early
            Issue.record("the old failure is lost: \(addresses)")
        } catch let failure as CheckFailure {
            #expect(failure.message == "old")
        }
        let second = try await late
        #expect(second == [address] && calls.value == 2)
    }

    @Test func aCancelledRunLeavesTheLookupToTheOthers() async throws {
        let lookup = HeldLookup()
        lookup.result.set(.success([try SocketAddress(ipAddress: "192.0.2.1", port: 0)]))
        let resolver = Resolver(pool: BlockingPool(threads: 1, for: .names), lookup: lookup.resolve)
        let runs = (0..<2).map { _ in
            Task { try await resolver.addresses(of: "a", port: 80, version: .auto, phases: Self.phases()) }
        }
        await Self.wait { lookup.begun.value == 1 }
        runs[0].cancel()
        // It ends although the lookup hangs.
        await #expect(throws: CancellationError.self) { try await runs[0].value }
        lookup.isReleased.set(true)
        #expect(try await runs[1].value.count == 1)
    }

    @Test func aRunWaitsForThisProcessUntilItsLookupHasAThread() async throws {
        let lookup = HeldLookup()
        let resolver = Resolver(pool: BlockingPool(threads: 1, for: .names), lookup: lookup.resolve)
        let (first, second) = (Self.phases(), Self.phases())
        async let hung = resolver.addresses(of: "silent", port: 80, version: .auto, phases: first)
        await Self.wait { lookup.begun.value == 1 }
        #expect(first.shortage == nil)
        async let other = resolver.addresses(of: "other", port: 80, version: .auto, phases: second)
        await Self.wait { second.shortage != nil }
        #expect(second.shortage == "other lookups of names hang: look for silent name servers")
        lookup.isReleased.set(true)
        let found = try await (hung, other)
        #expect(found.0.isEmpty && found.1.isEmpty && second.shortage == nil)
    }

    @Test func aPoolThatIsClosedRefusesLookups() async {
        let pool = BlockingPool(threads: 1, for: .names)
        pool.abandonCalls()
        let phases = Self.phases()
        let failure = await NetworkStage.failure {
            _ = try await Resolver(pool: pool) { _ in [] }
                .addresses(of: "a", port: 80, version: .auto, phases: phases)
        }
        #expect(failure?.reason == .internal && failure?.message == pool.full.message && phases.shortage == nil)
    }

    @Test(
        arguments: [
            (EAI_NONAME, 0, .dnsNotFound, "h: Name or service not known"),
            (-5, 0, .dnsNotFound, "h: No address associated with hostname"),
            (-9, 0, .dnsNotFound, "h: Address family for hostname not supported"),
            (EAI_FAIL, 0, .dnsFailure, "h: Non-recoverable failure in name resolution"),
            (EAI_MEMORY, 0, .internal, "h: Memory allocation failure"),
            (EAI_SYSTEM, ECONNREFUSED, .connectRefused, "resolving h"),
            (
                EAI_SYSTEM, EMFILE, .internal,
                "resolving h; this process has too many open files: raise its limit (ulimit -n)"
            ),
        ] as [(Int32, Int32, FailureReason, String)]
    )
    func aStatusOfTheSystemHasItsReason(status: Int32, errno: Int32, reason: FailureReason, message: String) {
        let failure = AddressLookup.failure(status: status, errno: errno, host: "h", after: .zero)
        #expect(failure.reason == reason && failure.message == message)
    }

    @Test(
        arguments: [(999, .dnsFailure), (1000, .dnsTimeout)] as [(Int64, FailureReason)]
    )
    func theTimeUntilEAIAGAINTellsSilenceFromFailure(milliseconds: Int64, reason: FailureReason) {
        let waited = TimeAmount.milliseconds(milliseconds)
        #expect(AddressLookup.failure(status: EAI_AGAIN, errno: 0, host: "h", after: waited).reason == reason)
    }

    @Test(
        arguments: [
            ("127.0.0.1", .auto, ["127.0.0.1"]), ("::1", .v6, ["::1"]), ("localhost", .v4, ["127.0.0.1"]),
        ] as [(String, IPVersion, [String])]
    )
    func theSystemResolvesNamesAndAddresses(host: String, version: IPVersion, expected: [String]) async throws {
        let resolver = Resolver(pool: BlockingPool(threads: 1))
        let addresses = try await resolver.addresses(
            of: host,
            port: 80,
            version: version,
            phases: PhaseTimer(time: ManualTime())
        )
        #expect(addresses.compactMap(\.ipAddress) == expected && addresses.allSatisfy { $0.port == 80 })
    }

    @Test func namesThatDoNotExistAreNotFound() async throws {
        let resolver = Resolver(pool: BlockingPool(threads: 1))
        let failure = await #expect(throws: CheckFailure.self) {
            try await resolver.addresses(
                of: "no-such-host.invalid",
                port: 80,
                version: .auto,
                phases: PhaseTimer(time: ManualTime())
            )
        }
        // Without any name server the system can't tell.
        #expect([.dnsNotFound, .dnsFailure].contains(failure?.reason))
        let wrong = await #expect(throws: CheckFailure.self) {
            try await resolver.addresses(of: "::1", port: 80, version: .v4, phases: PhaseTimer(time: ManualTime()))
        }
        #expect(wrong?.reason == .dnsNotFound)
    }
}
