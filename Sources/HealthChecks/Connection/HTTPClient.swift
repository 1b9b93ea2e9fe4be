package import HealthCore
import NIOCore
import NIOHTTP1

/// One request, one connection, one answer.
package struct HTTPClient: Sendable {
    /// What is asked.
    package struct Request: Sendable {
        package var target: HTTPTarget
        package var method: String
        /// Replace what would be sent otherwise.
        package var headers: [(name: String, value: String)]
        package var maximumBody: Int
        package var version: IPVersion

        package init(
            target: HTTPTarget,
            method: String = "GET",
            headers: [(name: String, value: String)] = [],
            maximumBody: Int = 64 * 1024,
            version: IPVersion = .auto
        ) {
            self.target = target
            self.method = method
            self.headers = headers
            self.maximumBody = maximumBody
            self.version = version
        }
    }

    private let connector: Connector
    private let tls: TLSClient

    package init(connector: Connector, tls: TLSClient) {
        self.connector = connector
        self.tls = tls
    }

    /// The answer to a request; the connection is closed then, and when the task is cancelled.
    package func send(_ request: Request, _ context: RunContext) async throws -> HTTPAnswer {
        let answer = OneAnswer<HTTPAnswer>()
        let (target, tls, phases) = (request.target, tls, context.phases)
        let exchange = HTTPExchange.Request(
            head: head(of: request),
            maximumBody: request.maximumBody,
            isEncrypted: target.isEncrypted
        )
        let channel = try await connector.connect(
            to: .init(host: target.host, port: target.port, version: request.version),
            context
        ) { channel in
            if target.isEncrypted { try tls.add(to: channel, host: target.host) }
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: HTTPLimits.decoder)
            try pipeline.addHandler(HTTPExchange(request: exchange, phases: phases, answer: answer))
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait($0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
            channel.close(promise: nil)
        }
    }

    private func head(of request: Request) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", request.target.authority), ("User-Agent", "health-exporter"), ("Accept", "*/*"),
            ("Accept-Encoding", "identity"), ("Connection", "close"),
        ])
        for (name, value) in request.headers { headers.replaceOrAdd(name: name, value: value) }
        return HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: request.method),
            uri: request.target.pathAndQuery,
            headers: headers
        )
    }
}
