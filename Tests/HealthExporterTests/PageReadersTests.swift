import NIOCore
import Testing

@testable import HealthExporter

/// Who may read a large page, and who gives way.
struct PageReadersTests {
    private final class Peer {}

    /// Three readers at most, and 100 bytes of pages.
    private struct Stage {
        var readers = PageReaders(maximumReaders: 3, maximumBytes: 100, patience: .seconds(2))
        let peers = (0..<6).map { _ in Peer() }

        func id(_ peer: Int) -> ObjectIdentifier { ObjectIdentifier(peers[peer]) }

        mutating func admit(
            _ peer: Int,
            page: UInt64,
            bytes: Int = 40,
            from network: UInt8 = 1,
            at second: UInt64
        ) -> PageReaders.Admission {
            let request = PageReaders.Request(network: PeerNetwork(bytes: [network]), page: page, bytes: bytes)
            return readers.admit(id(peer), request, at: .uptimeNanoseconds(second * 1_000_000_000))
        }
    }

    @Test func readersOfOnePageShareItsBytes() {
        var stage = Stage()
        for peer in 0..<3 { #expect(stage.admit(peer, page: 1, at: 0) == .admitted(closing: [])) }
        #expect(stage.readers.bytes == 40 && stage.readers.count == 3)
    }

    @Test func beyondTheLimitOnReadersOneIsRefused() {
        var stage = Stage()
        for peer in 0..<3 { _ = stage.admit(peer, page: 1, at: 0) }
        #expect(stage.admit(3, page: 1, at: 1) == .refused)
        stage.readers.leave(stage.id(1))
        #expect(stage.admit(3, page: 1, at: 1) == .admitted(closing: []))
    }

    @Test func beyondTheLimitOnMemoryOneIsRefused() {
        var stage = Stage()
        _ = stage.admit(0, page: 1, at: 0)
        _ = stage.admit(1, page: 2, at: 0)
        #expect(stage.admit(2, page: 3, at: 1) == .refused)
        #expect(stage.admit(2, page: 2, at: 1) == .admitted(closing: []))
    }

    @Test func aReaderThatDoesNotReadGivesWay() {
        var stage = Stage()
        for peer in 0..<3 { _ = stage.admit(peer, page: 1, at: 0) }
        stage.readers.moved(stage.id(0), at: .uptimeNanoseconds(2_000_000_000))
        #expect(stage.admit(3, page: 2, at: 3) == .admitted(closing: [stage.id(1)]))
        #expect(stage.readers.count == 3)
    }

    /// Else those who never read have a scraper answered 503.
    @Test func whoeverReadsMostKeepsNobodyOut() {
        var stage = Stage()
        for peer in 0..<3 { _ = stage.admit(peer, page: 1, at: 0) }
        #expect(stage.admit(3, page: 1, from: 2, at: 1) == .admitted(closing: [stage.id(0)]))
        #expect(stage.admit(4, page: 1, from: 2, at: 1) == .refused)
        #expect(stage.admit(4, page: 1, from: 3, at: 1) == .admitted(closing: [stage.id(1)]))
    }

    @Test func oneLargePageMayAlwaysBeRead() {
        var stage = Stage()
        #expect(stage.admit(0, page: 1, bytes: 1000, at: 0) == .admitted(closing: []))
        #expect(stage.admit(1, page: 2, bytes: 1000, at: 1) == .refused)
        #expect(stage.admit(1, page: 2, bytes: 1000, at: 5) == .admitted(closing: [stage.id(0)]))
    }
}
