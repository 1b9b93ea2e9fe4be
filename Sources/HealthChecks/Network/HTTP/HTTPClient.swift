package import HealthCore
import NIOCore
import NIOHTTP1

/// An HTTP/1.1 client: one request, one connection, one response.
package struct HTTPClient: Sendable {
    /// What is requested.
    package struct Request: Sendable {
        /// Where the request goes.
        package var target: HTTPTarget
        /// The method, in capitals.
        package var method: String
        /// Headers that replace the default ones.
        package var headers: [(name: String, value: String)]
        /// Sent with Content-Length, unless it is empty.
        package var body: [UInt8]
        /// How many bytes of the response's body are kept.
        package var maximumBody: Int
        /// Whether the caller has to know that there is more than `maximumBody`.
        package var needsWholeBody = true
        /// Which addresses of the host are wanted.
        package var version: IPVersion
        /// Which targets, those of redirects included, go through a proxy; nil for none.
        package var proxies: ProxyRules?

        /// A request; by default a GET of at most 64 KiB.
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

        /// Where to connect to.
        var destination: Connector.Target {
            let proxy = proxies?.route(to: target.host, isPlainHTTP: !target.isEncrypted)
            return Connector.Target(host: target.host, port: target.port, version: version, proxy: proxy)
        }
    }

    private let connector: Connector

    /// A client that connects with a connector.
    package init(connector: Connector) {
        self.connector = connector
    }

    /// Sends a request and returns the response; the connection is closed then, and when the task is cancelled.
    ///
    /// - Parameter tls: used when the scheme is https.
    package func send(_ request: Request, tls: TLSConnection, _ context: RunContext) async throws -> HTTPAnswer {
        let target = request.target
        let exchange = HTTPExchange.Request(
            head: head(of: request),
            body: request.body,
            maximumBody: request.maximumBody,
            needsWholeBody: request.needsWholeBody
        )
        let phases = context.phases
        let configure: @Sendable (any Channel) throws -> FirstResult<HTTPAnswer> = { channel in
            let answer = FirstResult<HTTPAnswer>()
            let pipeline = channel.pipeline.syncOperations
            let overhead = HTTPOverhead()
            try pipeline.addHandler(overhead)
            try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: HTTPLimits.decoder)
            try pipeline.addHandler(
                HTTPExchange(request: exchange, phases: phases, overhead: overhead, answer: answer)
            )
            return answer
        }
        return try await connector.withConnection(
            to: request.destination,
            tls: target.isEncrypted ? tls : nil,
            context,
            configure: configure
        ) { _, answer in
            try await answer.value()
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
