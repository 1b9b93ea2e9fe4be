import HealthCore
import HealthTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HealthExporter

/// Hashes, what is compared when, and what is remembered.
struct PasswordTests {
    /// What `htpasswd -nbBC 4 "" secret` prints.
    private static let secret = "$2y$04$NSuBxba8ZpTe2aLRFQI.R.TQ9DW9ymDdsWEbasP8aztgQEWAlhDcW"
    /// What `htpasswd -nbBC 5` prints of 72 times the letter a.
    private static let long = "$2y$05$YMJBuL8f5agQ/tK5ey1f5OcyMcUEe/ggMGU4N1WGgIB4QPuB.qu3u"

    @Test(arguments: [
        (secret, "secret", true), (secret, "Secret", false), (secret, "", false), (secret, "secret ", false),
        // C would see the same password.
        (secret, "secret\0x", false),
        (secret.replacing("$2y$", with: "$2b$"), "secret", true),
        (secret.replacing("$2y$", with: "$2a$"), "secret", true),
        (long, String(repeating: "a", count: 72), true), (long, String(repeating: "a", count: 71), false),
        // No bcrypt looks further.
        (long, String(repeating: "a", count: 73), true),
    ])
    func aPasswordIsRightOrNot(hash: String, password: String, isRight: Bool) throws {
        #expect(Bcrypt.matches(Array(password.utf8), try #require(PasswordHash(hash))) == isRight)
    }

    @Test(arguments: [
        "", "secret", "$2y$10$", "$1$abc", "$2x$04$NSuBxba8ZpTe2aLRFQI.R.TQ9DW9ymDdsWEbasP8aztgQEWAlhDcW", secret + "x",
        String(secret.dropLast()), secret.replacing("$04$", with: "$4x$"), secret.replacing("NSu", with: "N u"),
    ])
    func whatIsNoHashIsNone(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    @Test(arguments: [4, 9, 10, 16])
    func unknownUsersAreComparedWithAHashThatTakesAsLong(cost: Int) {
        let hash = PasswordHash.unknown(cost: cost)
        #expect(hash.cost == cost)
        // The library takes it for a hash, and computes another one; else it would answer at once.
        guard cost == 4 else { return }
        let computed = Bcrypt.text(of: Array("secret".utf8), hash)
        #expect(
            computed?.hasPrefix(String(hash.text.prefix(29))) == true && computed != hash.text,
            "\(computed ?? "none")"
        )
    }

    private static func job(_ number: Int) throws -> PasswordQueue.Job {
        let hash = try #require(PasswordHash(secret))
        let password = Array("p\(number)".utf8)
        let digest = CredentialDigest(user: "u", hash: hash, password: password, key: key)
        return .init(digest: try #require(digest), hash: hash, password: password)
    }

    private static let key = CredentialDigest.Key()

    @Test func eachAddressHasItsTurnAndItsShare() throws {
        var queue = PasswordQueue()
        for number in 0..<6 {
            let isQueued = queue.add(try Self.job(number), from: PeerNetwork(bytes: [1]))
            #expect(isQueued == (number < PasswordQueue.share))
        }
        let isQueued = queue.add(try Self.job(10), from: PeerNetwork(bytes: [2]))
        #expect(isQueued)
        var order: [String] = []
        while let job = queue.next() { order.append(String(decoding: job.password, as: UTF8.self)) }
        #expect(order == ["p0", "p10", "p1", "p2", "p3"])
        for number in 0..<100 {
            let isQueued = queue.add(try Self.job(number), from: PeerNetwork(bytes: [UInt8(number)]))
            #expect(isQueued == (number < PasswordQueue.capacity))
        }
        #expect(queue.count == PasswordQueue.capacity)
    }

    @Test func aDigestStandsForUserHashAndPassword() throws {
        let (one, other) = (try #require(PasswordHash(Self.secret)), try #require(PasswordHash(Self.long)))
        func digest(
            _ user: String,
            _ hash: PasswordHash,
            _ password: String,
            _ key: CredentialDigest.Key
        ) -> CredentialDigest? {
            CredentialDigest(user: user, hash: hash, password: Array(password.utf8), key: key)
        }
        let digests = [
            digest("ab", one, "c", Self.key), digest("a", one, "bc", Self.key), digest("ab", other, "c", Self.key),
            digest("ab", one, "c", .init()),
        ]
        #expect(Set(digests).count == 4 && !digests.contains(nil))
        #expect(digest("ab", one, "c", Self.key) == digests[0])
    }

    @Test func theOldestDigestsAreForgotten() throws {
        var recent = RecentSet<CredentialDigest>(capacity: 3)
        let digests = try (0..<4).map { try Self.job($0).digest }
        for digest in digests { recent.insert(digest) }
        #expect(digests.map(recent.contains) == [false, true, true, true])
    }

    /// What was compared, in order, and how long the thread was to rest.
    private final class Comparisons: Sendable {
        let compared = Mutex<[String]>([])
        let rests = Mutex(0)
    }

    @Test func answersAreRememberedAndWrongOnesCostARest() async throws {
        let comparisons = Comparisons()
        let verifier = PasswordVerifier(time: ManualTime()) { password, _ in
            let text = String(decoding: password, as: UTF8.self)
            comparisons.compared.withLock { $0.append(text) }
            return text == "p1"
        } rest: { _ in
            comparisons.rests.withLock { $0 += 1 }
        }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        func verdict(_ number: Int) async throws -> PasswordVerifier.Verdict {
            let promise = loop.makePromise(of: PasswordVerifier.Verdict.self)
            verifier.verify(try Self.job(number), from: PeerNetwork(bytes: [7]), promise: promise)
            return try await promise.futureResult.get()
        }
        #expect(verifier.remembered(try Self.job(1).digest) == nil)
        #expect(try await verdict(1) == .right)
        #expect(try await verdict(2) == .wrong)
        #expect(verifier.remembered(try Self.job(1).digest) == .right)
        #expect(verifier.remembered(try Self.job(2).digest) == .wrong)
        #expect(comparisons.compared.withLock { $0 } == ["p1", "p2"])
        // A later one waits for the rest of the one before.
        #expect(try await verdict(3) == .wrong)
        #expect(comparisons.rests.withLock { $0 } >= 1)
    }

    @Test func aBucketLetsABurstPassAndThenOneAnInterval() throws {
        var settings = RateLimitSettings()
        #expect(TokenBucket(settings) == nil)
        (settings.interval, settings.burst) = (.milliseconds(100), 3)
        var bucket = try #require(TokenBucket(settings))
        func taken(_ milliseconds: UInt64, _ count: Int) -> [Bool] {
            (0..<count).map { _ in bucket.removeToken(at: .uptimeNanoseconds(1_000_000_000 + milliseconds * 1_000_000))
            }
        }
        #expect(taken(0, 4) == [true, true, true, false])
        #expect(taken(99, 1) == [false] && taken(100, 2) == [true, false])
        #expect(taken(250, 2) == [true, false] && taken(10_000, 4) == [true, true, true, false])
    }
}
