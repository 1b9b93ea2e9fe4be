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
        package var body: [UInt8]
        package var maximumBody: Int
        /// Whether it matters that there is more than `maximumBody`.
        package var needsWholeBody = true
        package var version: IPVersion

        package init(
            target: HTTPTarget,
            method: String = "GET",
            headers: [(name: String, value: String)] = [],
            body: [UInt8] = [],
            maximumBody: Int = 64 * 1024,
            version: IPVersion = .auto
        ) {
            self.target = target
            self.method = method
            self.headers = headers
            self.body = body
            self.maximumBody = maximumBody
            self.version = version
        }
    }

    private let connector: Connector

    package init(connector: Connector) {
        self.connector = connector
    }

    /// The answer to a request; the connection is closed then, and when the task is cancelled.
    ///
    /// `tls` is used when the target wants it.
    package func send(_ request: Request, tls: TLSConnection, _ context: RunContext) async throws -> HTTPAnswer {
        let target = request.target
        let exchange = HTTPExchange.Request(
            head: head(of: request),
            body: request.body,
            maximumBody: request.maximumBody,
            needsWholeBody: request.needsWholeBody
        )
        let phases = context.phases
        let configure: @Sendable (any Channel) throws -> OneAnswer<HTTPAnswer> = { channel in
            let answer = OneAnswer<HTTPAnswer>()
            let pipeline = channel.pipeline.syncOperations
            let overhead = HTTPOverhead()
            try pipeline.addHandler(overhead)
            try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: HTTPLimits.decoder)
            let talk = HTTPExchange(request: exchange, phases: phases, overhead: overhead, answer: answer)
            try pipeline.addHandler(talk)
            return answer
        }
        return try await connector.withConnection(
            to: .init(host: target.host, port: target.port, version: request.version),
            tls: target.isEncrypted ? tls : nil,
            context,
            configure: configure
        ) { _, answer in
            try await withCheckedThrowingContinuation { answer.wait($0) }
        }
    }

    private func head(of request: Request) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", request.target.authority), ("User-Agent", "health-exporter"), ("Accept", "*/*"),
            ("Accept-Encoding", "identity"), ("Connection", "close"),
        ])
        if !request.body.isEmpty { headers.add(name: "Content-Length", value: String(request.body.count)) }
        for (name, value) in request.headers { headers.replaceOrAdd(name: name, value: value) }
        return HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: request.method),
            uri: request.target.pathAndQuery,
            headers: headers
        )
    }
}
