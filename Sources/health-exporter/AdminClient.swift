import ArgumentParser
import HealthChecks
import HealthExporter
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Speaks to the running exporter through its admin socket.
struct AdminClient {
    /// What the exporter answered.
    struct Answer {
        let status: Int
        let body: [UInt8]

        /// The body for a terminal, which obeys nothing of it.
        var text: String { String(decoding: body, as: UTF8.self).linesCutForTerminal }
    }

    /// Why there is no answer.
    struct Failure: Error {
        let message: String
    }

    let socket: AdminSocketPath

    /// A document of 10,000 checks takes some 20 MB.
    private static let maximumBody = 256 * 1024 * 1024
    private static let limit = TimeAmount.seconds(60)

    /// Sends one request and reads the whole answer; sends nothing to somebody else than an exporter of this user or root.
    func send(_ method: HTTPMethod, _ path: String, body: [UInt8] = []) async throws(Failure) -> Answer {
        try check()
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
    private func check() throws(Failure) {
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

    private func exchange(_ method: HTTPMethod, _ path: String, body: [UInt8]) async throws -> Answer {
        let connection = try await ClientBootstrap(group: SystemSources.group)
            .connectTimeout(Self.limit)
            .connect(unixDomainSocketPath: socket.path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel
                    )
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
            try await outbound.write(.head(.init(version: .http1_1, method: method, uri: path, headers: headers)))
            if !body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
            try await outbound.write(.end(nil))
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
                message: "\(socket.path): the exporter gave no whole answer within 60s; its log says what holds it up"
            )
        }
    }
}

/// Where the socket is, for the commands that need it.
struct AdminOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The exporter's admin socket; without it where web.admin_socket: auto puts it.",
            valueName: "path"
        )
    )
    var socket: String?

    var client: AdminClient {
        AdminClient(socket: socket.map { AdminSocketPath($0) } ?? AdminSocketPath(automatic: SystemSources.variable))
    }

    /// Sends a request; nil after what went wrong was printed.
    func send(_ method: HTTPMethod, _ path: String, body: [UInt8] = []) async -> AdminClient.Answer? {
        do throws(AdminClient.Failure) {
            return try await client.send(method, path, body: body)
        } catch {
            Output.write(error.message + "\n", to: 2)
            return nil
        }
    }
}

/// What an answer that is an error says.
struct AdminError: Decodable {
    let error: String
    let hint: String?
    let errors: [String]?

    /// Prints what is wrong.
    static func print(_ answer: AdminClient.Answer) {
        guard let problem = try? AdminJSON.decode(AdminError.self, from: answer.body) else {
            Output.write("the exporter answered with status \(answer.status), and not with JSON that says why\n", to: 2)
            return
        }
        let lines = [problem.error] + (problem.errors ?? []) + (problem.hint.map { [$0] } ?? [])
        Output.write(lines.map { $0.cutForTerminal + "\n" }.joined(), to: 2)
    }
}
