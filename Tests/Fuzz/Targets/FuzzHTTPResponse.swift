import HealthCore
import HealthTesting
import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HealthChecks

/// What an HTTP server answers, through the handlers of our client; and what an `http` check makes of it.
enum FuzzHTTPResponse {
    /// One response, fed to the client.
    struct Exchange {
        /// Of the request.
        var method = HTTPMethod.GET
        /// How many bytes of the body are kept.
        var maximumBody = 65_536
        /// Whether the client has to know that there are more.
        var needsWholeBody = true

        /// What the client makes of the parts of a response behind which the server closes.
        func answer(_ parts: [[UInt8]]) throws -> Result<HTTPAnswer, CheckFailure> {
            let channel = EmbeddedChannel()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            let (answer, overhead) = (FirstResult<HTTPAnswer>(), HTTPOverhead())
            let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/x", headers: ["Host": "shop"])
            let request = HTTPExchange.Request(
                head: head,
                body: [],
                maximumBody: maximumBody,
                needsWholeBody: needsWholeBody
            )
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(overhead)
            try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: HTTPLimits.decoder)
            let phases = PhaseTimer(time: ManualTime())
            try pipeline.addHandler(HTTPExchange(request: request, phases: phases, overhead: overhead, answer: answer))
            channel.embeddedEventLoop.run()
            for part in parts where channel.isActive {
                // An error is in the answer, too.
                _ = try? channel.writeInbound(ByteBuffer(bytes: part))
                channel.embeddedEventLoop.run()
            }
            _ = try? channel.finish(acceptAlreadyClosed: true)
            return answer.settled("the exchange")
        }
    }

    /// Two bytes of choices, then the response.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var exchange = Exchange()
        let choices = input.byte()
        exchange.method = choices & 1 == 0 ? .GET : .HEAD
        exchange.maximumBody = [65_536, 0, 5, 100][Int(choices >> 1 & 3)]
        exchange.needsWholeBody = choices & 8 == 0
        let size = Int(input.byte())
        let response = input.remaining()
        let whole = try exchange.answer([response])
        inspect(whole, exchange)
        let inParts = try exchange.answer(response.cut(every: max(1, size)))
        require(described(whole) == described(inParts), "\(whole) at once, \(inParts) in parts of \(size)")
        if case .success(let answer) = whole { try evaluate(answer) }
    }

    private static func inspect(_ result: Result<HTTPAnswer, CheckFailure>, _ exchange: Exchange) {
        guard case .success(let answer) = result else { return }
        require(answer.body.count <= exchange.maximumBody, "a body of \(answer.body.count) bytes is kept")
        require((0...999).contains(answer.status), "status \(answer.status)")
        require(answer.headers.count <= HTTPLimits.headerFields, "\(answer.headers.count) headers")
        require(exchange.method != .HEAD || answer.body.isEmpty, "the answer to HEAD has a body")
    }

    /// What a result is, without what may depend on how it arrived.
    static func described(_ result: Result<HTTPAnswer, CheckFailure>) -> String {
        switch result {
        case .success(let answer): "\(answer.status) \(answer.headers) \(answer.bodyWasCut) \(answer.body)"
        case .failure(let failure): "\(failure.reason)"
        }
    }

    /// Assertions about the answer, and the redirect in it.
    private static func evaluate(_ answer: HTTPAnswer) throws {
        var assertions = HTTPAssertions()
        assertions.status = [100...599]
        assertions.expectedBody = try Pattern("h(e|i)*l+o|^$")
        assertions.headers = []
        let seen = SeenText(redaction: Redaction(["hunter22"]))
        let evaluation = HTTPEvaluation(assertions: assertions, maximumBody: 65_536, seen: seen)
        let message = try evaluation.evaluate(answer).message
        require(!message.unicodeScalars.contains { $0.value < 0x20 }, "\(message) has control characters")
        guard let location = answer.headers.first(name: "location") else { return }
        let origin = try HTTPTarget("http://h:81/a/b?c")
        guard let target = try? origin.redirected(to: location) else { return }
        require(!target.host.isEmpty && (1...65_535).contains(target.port), "\(location) leads to \(target)")
        require(target.pathAndQuery.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "\(target.pathAndQuery) in a head")
        require(!target.authority.utf8.contains { $0 <= 0x20 }, "\(target.authority) in a head")
    }
}
