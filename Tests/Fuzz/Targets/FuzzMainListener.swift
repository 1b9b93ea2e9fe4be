import HTTPTypes
import HealthCore
import Hummingbird
import NIOCore
import NIOEmbedded
import NIOHTTPTypes

@testable import HealthExporter

/// Requests to the main listener, and to what needs a task behind it.
enum FuzzMainListener {
    private static let statuses = [200, 204, 400, 403, 404, 405, 406, 413, 415, 503]

    /// The size of parts, then the bytes of a connection.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let size = Int(input.byte())
        let sent = input.remaining()
        let exporter = ExporterStage.shared.exporter
        let result = wait { await serve(sent.cut(every: size), exporter.responder) }
        let (written, passedOn) = try result.get()
        let answers = WrittenAnswers(written).all
        require(answers.count + passedOn.count <= sent.count { $0 == 10 } + 1, "\(answers.count) answers")
        for answer in answers {
            require(statuses.contains(answer.status), "\(answer)")
            let isZipped = answer.headers["content-encoding"] == "gzip"
            if isZipped, !answer.body.isEmpty { _ = try Unzipped(answer.body) }
        }
        for request in passedOn { try act(on: request, exporter.responder) }
    }

    /// A request that goes on to Hummingbird.
    private struct PassedOn: Sendable {
        let head: HTTPRequest
        let body: [UInt8]
    }

    private static func serve(
        _ parts: [[UInt8]],
        _ responder: EndpointResponder
    ) async -> Result<(written: [UInt8], passedOn: [PassedOn]), any Error> {
        do {
            let channel = NIOAsyncTestingChannel()
            let places = ConnectionPlaces(listener: "main", capacity: 8)
            let main = MainChannel(
                responder: { _, _, _ in },
                routes: responder,
                places: places,
                readers: PageReaderPlaces()
            )
            try await channel.eventLoop.submit { try main.addHandlers(to: channel) }.get()
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            var written: [UInt8] = []
            for part in parts where channel.isActive {
                _ = try? await channel.writeInbound(ByteBuffer(bytes: part))
                try await drain(channel, into: &written, responder)
            }
            let passedOn = try await requests(of: channel)
            _ = try? await channel.finish(acceptAlreadyClosed: true)
            require(places.facts.open == 0, "a closed connection holds a place")
            return .success((written, passedOn))
        } catch {
            return .failure(error)
        }
    }

    /// Reads until no page is being rendered and nothing more comes.
    private static func drain(
        _ channel: NIOAsyncTestingChannel,
        into written: inout [UInt8],
        _ responder: EndpointResponder
    ) async throws {
        var before = -1
        while written.count != before {
            before = written.count
            // Pages are rendered one at a time: behind this one, those before are done.
            _ = await responder.renderer.page(.component("", showsDetails: false))
            await channel.testingEventLoop.run()
            while let buffer = try await channel.readOutbound(as: ByteBuffer.self) {
                written += buffer.readableBytesView
            }
        }
    }

    private static func requests(of channel: NIOAsyncTestingChannel) async throws -> [PassedOn] {
        var (requests, head, body): ([PassedOn], HTTPRequest?, [UInt8]) = ([], nil, [])
        while let part = try await channel.readInbound(as: HTTPRequestPart.self) {
            switch part {
            case .head(let next): (head, body) = (next, [])
            case .body(let more): body += more.readableBytesView
            case .end:
                if let head { requests.append(PassedOn(head: head, body: body)) }
                head = nil
            }
        }
        return requests
    }

    /// As an administrator, whom more is allowed.
    private static func act(on passedOn: PassedOn, _ responder: EndpointResponder) throws {
        let listener = passedOn.body.count % 2 == 0 ? RequestListener.adminSocket : .main
        let peer = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let responder = responder.serving(listener)
        let status = wait {
            let request = Request(head: passedOn.head, body: .init(buffer: ByteBuffer(bytes: passedOn.body)))
            do {
                let requester = Requester(listener: listener, peer: listener == .main ? peer : nil)
                return try await responder.respond(to: request, from: requester).status.code
            } catch {
                fail("\(passedOn.head) is answered with \(error)")
            }
        }
        require(statuses.contains(status), "\(passedOn.head) is answered with \(status)")
    }
}
