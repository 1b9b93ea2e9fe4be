import HealthCore
import NIOCore

/// Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6, CONNECT), and is transparent once there is one.
///
/// It stays in the pipeline: handlers that come later stand behind it.
final class ProxyTunnel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: String
    private var reader = ProxyAnswerReader()
    private var opened: EventLoopPromise<Void>?
    private var isOpen = false

    /// - Parameters:
    ///   - target: what the proxy is to connect to.
    ///   - authorization: the value of `Proxy-Authorization`; nil for none.
    ///   - opened: completed when the tunnel is there, or with why it is not.
    init(to target: Connector.Target, authorization: String?, opened: EventLoopPromise<Void>) {
        let address = target.address
        let credentials = authorization.map { "Proxy-Authorization: \($0)\r\n" } ?? ""
        request =
            "CONNECT \(address) HTTP/1.1\r\nHost: \(address)\r\nUser-Agent: health-exporter\r\n\(credentials)\r\n"
        self.opened = opened
    }

    func handlerAdded(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOpen { return context.fireChannelRead(data) }
        guard opened != nil else { return }
        switch reader.append(unwrapInboundIn(data)) {
        case .needsMore: break
        case .failed(let reason, let message): end(context, CheckFailure(reason, message))
        case .opened(let rest):
            do {
                try EarlyReadBuffer.pause(on: context.channel)
            } catch {
                return end(context, error)
            }
            isOpen = true
            opened?.succeed()
            opened = nil
            // What the target says first may come with the proxy's answer.
            if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !isOpen, case .inputClosed = event as? ChannelEvent { return end(context, Self.closedEarly) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isOpen { context.fireErrorCaught(error) } else { end(context, error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, Self.closedEarly)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context, ChannelError.ioOnClosedChannel)
    }

    private static let closedEarly = CheckFailure(.closedEarly, "the connection was closed before CONNECT was answered")

    private func end(_ context: ChannelHandlerContext, _ error: any Error) {
        guard let opened else { return }
        self.opened = nil
        opened.fail(error)
        context.close(promise: nil)
    }
}

/// Reads a proxy's answer to CONNECT from the bytes that come.
struct ProxyAnswerReader {
    /// What the bytes so far say.
    enum Step: Equatable {
        case needsMore
        /// There is a tunnel; these bytes came through it already.
        case opened(ByteBuffer)
        case failed(FailureReason, String)
    }

    private var bytes = ByteBuffer()
    /// The index up to which no end of a head was found, and whether the line there is empty so far.
    private var (scanned, lineIsEmpty) = (0, false)
    private var interimAnswers = 0

    /// In answers of 1xx: a proxy needs none of them.
    private static let maximumInterim = 8

    /// Adds bytes; not to be called any more once the answer is there.
    mutating func append(_ new: ByteBuffer) -> Step {
        bytes.writeImmutableBuffer(new)
        while true {
            let view = bytes.readableBytesView
            guard let end = endOfHead() else {
                if !Self.mayBeHTTP(view) { return Self.garbage }
                guard view.count <= HTTPLimits.headerBytes else {
                    let message = "the answer to CONNECT has more than \(HTTPLimits.headerBytes / 1024) KiB of headers"
                    return .failed(.headersTooLarge, message)
                }
                return .needsMore
            }
            guard let status = Self.status(view[..<end]) else { return Self.garbage }
            bytes.moveReaderIndex(to: end)
            switch status {
            case 100...199 where status != 101:
                interimAnswers += 1
                if interimAnswers > Self.maximumInterim { return Self.garbage }
            // Whatever length such an answer announces, the tunnel begins behind its head.
            case 200...299: return .opened(bytes.slice())
            case 407:
                return .failed(.authentication, "it wants another user or password (status 407)")
            default: return .failed(.unexpectedStatus, "it answered CONNECT with status \(status)")
            }
        }
    }

    private static let garbage = Step.failed(.protocolError, "no HTTP/1 answer to CONNECT")

    /// The index behind the empty line; a line may end without a carriage return (RFC 9112 §2.2).
    private mutating func endOfHead() -> Int? {
        let view = bytes.readableBytesView
        for index in max(view.startIndex, scanned)..<view.endIndex {
            scanned = index + 1
            switch view[index] {
            case UInt8(ascii: "\n"):
                if lineIsEmpty {
                    lineIsEmpty = false
                    return scanned
                }
                lineIsEmpty = true
            case UInt8(ascii: "\r"): break
            default: lineIsEmpty = false
            }
        }
        return nil
    }

    private static let start = Array("HTTP/1.".utf8)

    private static func mayBeHTTP(_ bytes: ByteBufferView) -> Bool {
        zip(bytes, start).allSatisfy { $0 == $1 }
    }

    /// The status code of a head (RFC 9112 §4).
    private static func status(_ head: ByteBufferView) -> Int? {
        let line = head.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        guard mayBeHTTP(head), line.count >= start.count + 5 else { return nil }
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].count == start.count + 1, words[1].count == 3 else { return nil }
        let digits = words[1].map { Int($0) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let status = digits.reduce(0) { $0 * 10 + $1 }
        return (100...599).contains(status) ? status : nil
    }
}
