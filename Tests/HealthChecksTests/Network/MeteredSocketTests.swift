import HealthCore
import Platform
import Testing

@testable import HealthChecks

/// What a client library gets to read and to write through a metered socket.
struct MeteredSocketTests {
    /// A connection of which one end is the library's, and the other the server's.
    private static func pair() throws -> (library: Int32, server: Int32) {
        let pair = try #require(Socket.makeStreamPair())
        return (pair.first, pair.second)
    }

    private static func read(_ descriptor: Int32, atMost limit: Int = 1000) -> String? {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = Socket.receive(from: descriptor, into: &buffer)
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Whether nothing but the end comes; commands that other tests start hold copies of descriptors until they are executed.
    private static func readsEnd(_ descriptor: Int32) -> Bool {
        var own = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&own, 1, 30_000) == 1 && read(descriptor)?.isEmpty == true
    }

    /// The bytes that the library reads until it has read so many, or the server's end.
    private static func read(_ count: Int, through socket: inout MeteredSocket, _ library: Int32) throws -> String {
        var text = ""
        while text.utf8.count < count {
            while try !socket.wait(for: POLLIN, milliseconds: 1000) {}
            let piece = read(library) ?? ""
            if piece.isEmpty { break }
            text += piece
        }
        return text
    }

    @Test func bytesGoBothWays() throws {
        let (library, server) = try Self.pair()
        defer { for descriptor in [library, server] { close(descriptor) } }
        var socket = try MeteredSocket(library, limit: 1000)
        #expect(Socket.send(Array("query".utf8), to: library) == 5)
        // Ready to write at once; the bytes are carried before that is known.
        let isReady = try socket.wait(for: POLLOUT, milliseconds: 1000)
        #expect(isReady)
        #expect(Self.read(server) == "query")
        #expect(Socket.send(Array("result".utf8), to: server) == 6)
        let text = try Self.read(6, through: &socket, library)
        #expect(text == "result")
        #expect(socket.firstByte == UInt8(ascii: "r"))
    }

    @Test func theFirstByteIsHandedOverAlone() throws {
        let (library, server) = try Self.pair()
        defer { for descriptor in [library, server] { close(descriptor) } }
        var socket = try MeteredSocket(library, limit: 1000)
        _ = Socket.send(Array("Stls".utf8), to: server)
        while try !socket.wait(for: POLLIN, milliseconds: 1000) {}
        #expect(Self.read(library) == "S")
        while try !socket.wait(for: POLLIN, milliseconds: 1000) {}
        #expect(Self.read(library) == "tls")
    }

    @Test func nothingMoreIsReadWhileTheLibraryHasSomethingToRead() throws {
        let (library, server) = try Self.pair()
        defer { for descriptor in [library, server] { close(descriptor) } }
        var socket = try MeteredSocket(library, limit: 3)
        _ = Socket.send(Array("abcdef".utf8), to: server)
        for _ in 0..<10 where try socket.wait(for: POLLIN, milliseconds: 10) {}
        // More than the limit lies ready, and nothing of it was read.
        #expect(Self.read(library) == "a")
    }

    @Test(arguments: [(5, nil), (4, .bodyTooLarge)] as [(Int, FailureReason?)])
    func moreThanTheLimitIsAFailure(limit: Int, reason: FailureReason?) throws {
        let (library, server) = try Self.pair()
        defer { for descriptor in [library, server] { close(descriptor) } }
        var socket = try MeteredSocket(library, limit: limit)
        _ = Socket.send(Array("hello".utf8), to: server)
        do {
            let text = try Self.read(5, through: &socket, library)
            #expect(text == "hello" && reason == nil)
        } catch {
            #expect((error as? CheckFailure)?.reason == reason)
        }
    }

    @Test func theEndOfTheServerIsReadAfterItsBytes() throws {
        let (library, server) = try Self.pair()
        defer { close(library) }
        var socket = try MeteredSocket(library, limit: 1000)
        _ = Socket.send(Array("bye".utf8), to: server)
        close(server)
        let text = try Self.read(1000, through: &socket, library)
        #expect(text == "bye")
        #expect(Self.readsEnd(library))
    }

    @Test func whatTheLibraryWroteLastIsSentAtTheEnd() throws {
        let (library, server) = try Self.pair()
        defer { for descriptor in [library, server] { close(descriptor) } }
        do {
            let socket = try MeteredSocket(library, limit: 1000)
            let isOwned = socket.owns(library)
            #expect(isOwned && Socket.send(Array("terminate".utf8), to: library) == 9)
        }
        #expect(Self.read(server) == "terminate")
        // The connection is closed then.
        #expect(Self.readsEnd(server))
    }

    @Test func aNewDescriptorOfTheSameNumberIsNotTheOneThatWasTakenOver() throws {
        let (library, server) = try Self.pair()
        let other = try Self.pair()
        defer { for descriptor in [library, server, other.library, other.server] { close(descriptor) } }
        let socket = try MeteredSocket(library, limit: 1000)
        let (ownsItsOwn, ownsAnother) = (socket.owns(library), socket.owns(other.library))
        #expect(ownsItsOwn && !ownsAnother)
        #expect(dup2(other.library, library) == library)
        let ownsTheNewOne = socket.owns(library)
        #expect(!ownsTheNewOne)
    }

    @Test func largeAmountsPassInBothDirections() throws {
        let (library, server) = try Self.pair()
        defer { for descriptor in [library, server] { close(descriptor) } }
        let count = 300_000
        var socket = try MeteredSocket(library, limit: count)
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var (sentIn, sentOut, receivedIn, receivedOut) = (0, 0, [UInt8](), [UInt8]())
        while receivedIn.count < count || receivedOut.count < count {
            sentIn += max(0, Socket.send(Array(bytes[sentIn...].prefix(5000)), to: server))
            sentOut += max(0, Socket.send(Array(bytes[sentOut...].prefix(7000)), to: library))
            _ = try socket.wait(for: POLLIN, milliseconds: 0)
            var buffer = [UInt8](repeating: 0, count: 10_000)
            let inward = max(0, Socket.receive(from: library, into: &buffer))
            receivedIn += buffer.prefix(inward)
            let outward = max(0, Socket.receive(from: server, into: &buffer))
            receivedOut += buffer.prefix(outward)
        }
        #expect(receivedIn == bytes && receivedOut == bytes)
    }
}
