import NIOCore
import Platform
import Synchronization

@testable import HealthChecks

/// Datagrams that come while a conversation waits for an echo reply.
enum FuzzICMP {
    private static let payload = Array("0123456789abcdef".utf8)

    /// The first byte chooses the version and how often a request was sent; the rest are datagrams behind their lengths.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let first = input.byte()
        let echo = Echo(isV6: first & 1 == 1, payload: payload)
        let sent = Int(first >> 1)
        guard let pair = Socket.makeDatagramPair() else { fail("no sockets") }
        defer {
            close(pair.first)
            close(pair.second)
        }
        let ends = Ends()
        var conversation = DatagramConversation(
            descriptor: pair.first,
            isCancelled: StopFlag(),
            request: { echo.request(after: $0) },
            read: { reply, count in
                guard echo.isAnswered(by: reply, after: max(count, sent)) else { return nil }
                require(reply.count == 8 + payload.count && Array(reply.suffix(payload.count)) == payload, "\(reply)")
                return { ends.add() }
            },
            fail: { _ in ends.add() }
        )
        let now = NIODeadline.now()
        if let end = conversation.advance(isReady: false, now: now) { end() }
        while !input.isEmpty, ends.count == 0 {
            let count = Int(input.byte())
            _ = Socket.send(input.bytes(count), to: pair.second)
            if let end = conversation.advance(isReady: true, now: now) { end() }
        }
        require(ends.count <= 1, "the conversation ended \(ends.count) times")
        let request = echo.request(after: sent)
        let reply = [echo.isV6 ? 129 : 0] + request.dropFirst()
        require(echo.isAnswered(by: reply, after: sent + 1) || sent > 0xffff, "the reply to a request is refused")
    }
}

/// How often a conversation ended.
private final class Ends: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func add() { state.withLock { $0 += 1 } }
}
