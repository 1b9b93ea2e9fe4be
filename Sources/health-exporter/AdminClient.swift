import HealthChecks
import HealthExporter
import NIOCore
import NIOHTTP1
import NIOPosix
import Platform

/// Sends requests to the running exporter through its admin socket.
struct AdminClient {
    /// What the exporter answered.
    struct Answer: Equatable {
        /// The status code.
        let status: Int
        /// JSON, as a rule.
        let body: [UInt8]

        /// The body for a terminal, without control characters other than line feeds and tabs.
        var text: String { String(decoding: body, as: UTF8.self).linesCutForTerminal }
    }

    /// Why there is no answer.
    struct Failure: Error, Equatable {
        /// What is wrong, with the path of the socket.
        let message: String
    }

    /// Where the exporter listens.
    let socket: AdminSocketPath
    /// The event loops that the connection uses.
    var group: any EventLoopGroup = SystemSources.group

    /// A document of 10,000 checks takes some 20 MB.
    private static let maximumBody = 256 * 1024 * 1024
    private static let limit = TimeAmount.seconds(60)

    /// Sends one request and reads the whole answer; sends nothing to somebody else than an exporter of this user or root.
    func send(_ method: HTTPMethod, _ path: String, body: [UInt8] = []) async throws(Failure) -> Answer {
        try checkSocket()
        do {
            return try await exchange(method, path, body: body)
        } catch let failure as Failure {
            throw failure
        } catch let error as IOError where error.errnoCode == ENOENT || error.errnoCode == ECONNREFUSED {
            throw Failure(
                message: "no exporter listens on \(socket.path); name its socket with --socket PATH (web.admin_socket)"
            )
        } catch let error as IOError where error.errnoCode == EACCES {
            throw Failure(message: "\(socket.path) belongs to another user; run this as the exporter's user or as root")
        } catch let error as IOError {
            throw Failure(
                message: "\(socket.path): \(NetworkReasons.text(errno: error.errnoCode)); is it an exporter's socket?"
            )
        } catch {
            throw Failure(
                message: "\(socket.path): what listens there does not answer as an exporter does (\(error)); "
                    + "name the exporter's socket with --socket PATH"
            )
        }
    }

    /// Makes sure that whoever listens may be told something.
    private func checkSocket() throws(Failure) {
        do throws(AdminSocketPath.Problem) {
            try socket.checkLength()
            try socket.checkOwner()
        } catch {
            throw Failure(
                message:
                    "\(socket.path): \(error); run this as the exporter's user or as root, and name its "
                    + "socket with --socket PATH (web.admin_socket)"
            )
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func exchange(_ method: HTTPMethod, _ path: String, body: [UInt8]) async throws -> Answer {
        let connection = try await ClientBootstrap(group: group)
            .connectTimeout(Self.limit)
            .connect(unixDomainSocketPath: socket.path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        // An exporter that is stuck answers nothing: then the end of the connection ends the reading.
        let deadline = connection.channel.eventLoop.scheduleTask(in: Self.limit) {
            connection.channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            let headers = HTTPHeaders([
                ("Host", "localhost"), ("Connection", "close"), ("Content-Length", String(body.count)),
            ])
            let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
            let content = body.isEmpty ? [] : [HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body)))]
            // In one go: an answer may come, and the connection end, before a second write.
            try await outbound.write(contentsOf: [.head(head)] + content + [.end(nil)])
            return try await answer(from: inbound)
        }
    }

    private func answer(from inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Answer {
        var status: Int?
        var received: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes):
                guard received.count + bytes.readableBytes <= Self.maximumBody else {
                    throw Failure(message: "\(socket.path): the answer is larger than \(Self.maximumBody) bytes")
                }
                received += bytes.readableBytesView
            case .end:
                if let status { return Answer(status: status, body: received) }
            }
        }
        throw Failure(
            message: "\(socket.path): the exporter gave no whole answer within 60s; its log says what blocks it"
        )
    }
}
