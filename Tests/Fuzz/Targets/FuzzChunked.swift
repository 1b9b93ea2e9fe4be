import HealthCore
import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HealthChecks
@testable import HealthExporter

/// Bodies in chunks (RFC 9112 §7.1), as our client reads them and as the gate of our listeners does.
enum FuzzChunked {
    private static let head = "Transfer-Encoding: chunked\r\n\r\n"

    /// Two bytes of choices, then chunks behind their lengths, or anything.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let (choices, size) = (input.byte(), Int(input.byte()))
        if choices & 1 == 1 {
            let body = input.remaining()
            try readResponse(body, size: size, expected: nil)
            try readRequest(body, size: size, expected: nil)
        } else {
            let (encoded, decoded) = encode(&input, hasExtensions: choices & 2 == 2)
            try readResponse(encoded, size: size, expected: decoded)
            try readRequest(encoded, size: size, expected: decoded)
        }
    }

    /// Chunks with extensions and trailers that RFC 9112 allows.
    private static func encode(
        _ input: inout FuzzInput,
        hasExtensions: Bool
    ) -> (encoded: [UInt8], decoded: [UInt8]) {
        var (encoded, decoded): ([UInt8], [UInt8]) = ([], [])
        while !input.isEmpty {
            let content = input.bytes(max(1, Int(input.byte())))
            guard !content.isEmpty else { break }
            let digits = String(content.count, radix: 16, uppercase: input.byte() & 1 == 1)
            let name = hasExtensions ? ";name=\"value\"" : ""
            encoded += Array("\(digits)\(name)\r\n".utf8) + content + Array("\r\n".utf8)
            decoded += content
        }
        encoded += Array("0\r\n\(hasExtensions ? "Trailer: x\r\n" : "")\r\n".utf8)
        return (encoded, decoded)
    }

    private static func readResponse(_ body: [UInt8], size: Int, expected: [UInt8]?) throws {
        let response = Array("HTTP/1.1 200 OK\r\n\(head)".utf8) + body
        let exchange = FuzzHTTPResponse.Exchange()
        let whole = try exchange.answer([response])
        let inParts = try exchange.answer(response.cut(every: max(1, size)))
        let described = FuzzHTTPResponse.described(whole)
        require(described == FuzzHTTPResponse.described(inParts), "\(whole) at once, \(inParts) in parts of \(size)")
        guard let expected else { return }
        guard case .success(let answer) = whole else { fail("\(whole) of a right body") }
        require(answer.body == expected && !answer.bodyWasCut, "\(answer.body), not \(expected)")
    }

    private static func readRequest(_ body: [UInt8], size: Int, expected: [UInt8]?) throws {
        let request = Array("POST /x HTTP/1.1\r\nHost: a\r\n\(head)".utf8) + body
        let whole = try Gate.read([request])
        let inParts = try Gate.read(request.cut(every: max(1, size)))
        require(whole == inParts, "\(whole) at once, \(inParts) in parts of \(size)")
        for body in whole.bodies { require(body.count <= Gate.maximumBody, "a body of \(body.count) bytes") }
        guard let expected else { return }
        if expected.count > Gate.maximumBody {
            require(whole.bodies.isEmpty && whole.refused == 1, "\(expected.count) bytes were not refused")
        } else {
            require(whole.bodies == [expected], "\(whole.bodies), not \(expected)")
        }
    }
}

/// The gate of both listeners, and behind it what keeps the bodies of whole requests.
private enum Gate {
    static let maximumBody = 1024

    struct Seen: Equatable {
        var bodies: [[UInt8]]
        var refused: UInt64
    }

    static func read(_ parts: [[UInt8]]) throws -> Seen {
        let (channel, counts, keeper) = (EmbeddedChannel(), RequestCounts(), BodyKeeper())
        let places = ConnectionPlaces(listener: "main", capacity: 8)
        let clock = ConnectionClock(channel: channel, places: places, deadlines: .main)
        let sync = channel.pipeline.syncOperations
        let limits = RequestGate.Limits(field: 1024, head: 2048, body: maximumBody)
        try sync.addRequestGate(clock: clock, counts: counts, limits: limits)
        try sync.addHandler(keeper)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for part in parts where channel.isActive {
            _ = try? channel.writeInbound(ByteBuffer(bytes: part))
            channel.embeddedEventLoop.run()
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        require(places.facts.open == 0, "a closed connection holds a place")
        return Seen(bodies: keeper.bodies, refused: counts.facts.reduce(0) { $0 + $1.counts[2] })
    }
}

/// Keeps the bodies of requests, and answers them.
private final class BodyKeeper: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private(set) var bodies: [[UInt8]] = []
    private var body: [UInt8] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            bodies.append(body)
            context.writeReply(.text(200, []), withBody: true, promise: nil)
        }
    }
}
