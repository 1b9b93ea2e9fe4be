import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A Unix socket that answers every request with the same bytes, closes the connection, and keeps what it was sent.
final class AdminServer: Sendable {
    let path: String
    private let channel: any Channel
    private let received: Received

    /// The requests as they came, in order.
    final class Received: Sendable {
        let texts = Mutex<[String]>([])
    }

    /// - Parameter answer: the whole answer; empty closes the connection without one.
    init(answering answer: String) async throws {
        let received = Received()
        self.received = received
        path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString.prefix(8)).sock").path
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer, received: received))
                }
            }
            .bind(unixDomainSocketPath: path)
            .get()
    }

    /// An answer with a status and a body of known length.
    convenience init(status: String = "200 OK", _ body: String) async throws {
        try await self.init(
            answering: "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        )
    }

    /// What it was sent.
    var requests: [String] { received.texts.withLock { $0 } }

    /// Closes the socket and removes its file.
    func stop() async throws {
        try await channel.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: String
        private let received: Received
        private var text = ""

        init(answer: String, received: Received) {
            self.answer = answer
            self.received = received
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard isComplete else { return }
            received.texts.withLock { $0.append(text) }
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)))
                .whenComplete { _ in channel.close(promise: nil) }
        }

        private var isComplete: Bool {
            guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
            let length = text.firstMatch(of: /Content-Length: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
            return text[end.upperBound...].utf8.count >= length
        }
    }
}
