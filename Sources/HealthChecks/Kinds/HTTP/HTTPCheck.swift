import HealthCore

/// Sends one request to an HTTP server, follows redirects where configured, and evaluates the answer.
struct HTTPCheck: NetworkCheck {
    /// What is sent, apart from `traceparent`.
    let request: HTTPClient.Request
    /// Whether `traceparent` requests sampling.
    let isSampled: Bool
    /// Sends the request, and follows redirects up to a limit.
    let redirects: HTTPRedirects
    /// TLS to targets with `https`.
    let tls: TLSClient
    /// What is expected of the answer.
    let evaluation: HTTPEvaluation
    /// Where an evaluation runs that takes more than a moment.
    let matching: BlockingPool

    /// The status code of the last answer.
    static let statusCode = Measurement(name: "health_http_status_code", help: "The status code of the last answer.")
    /// How much of a body was read.
    static let responseBytes = Measurement(
        name: "health_http_response_bytes",
        help: "Bytes of the last answer's body that were read."
    )
    /// How many redirects were followed.
    static let redirectCount = Measurement(name: "health_http_redirects", help: "Redirects followed by the last run.")

    /// The kind `http`.
    static let kind = CheckKind(
        name: "http",
        summary: "Sends a request to an HTTP server and evaluates its answer.",
        measurements: [statusCode, responseBytes, redirectCount, CertificateRecord.notAfter],
        settings: HTTPSettings.self
    )

    /// Status code, body size and redirects; the end of the certificates, too, when a run may come to an `https` URL.
    var measurements: [Measurement] {
        let answer = [Self.statusCode, Self.responseBytes, Self.redirectCount]
        return request.target.isEncrypted || redirects.areFollowed ? answer + [CertificateRecord.notAfter] : answer
    }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// All where redirects may lead elsewhere.
    var phases: [RunPhase] {
        redirects.areFollowed
            ? RunPhase.allCases
            : .ofConnection(to: request.destination, isEncrypted: request.target.isEncrypted, isAnswered: true)
    }
    /// The URL, without the values of its query.
    var target: String? { request.target.description }

    func run(_ context: RunContext) async throws -> CheckReport {
        let request = request(tracedBy: context.traceID)
        return try await tls.evaluated { tls in
            let (answer, followed) = try await redirects.send(request, tls: tls, context)
            let (verdict, message) = try await evaluate(answer, context)
            let measured = [
                MeasuredValue(Self.statusCode, Double(answer.status)),
                MeasuredValue(Self.responseBytes, Double(answer.body.count)),
                MeasuredValue(Self.redirectCount, Double(followed)),
            ]
            return CheckReport(verdict, message, measured: measured)
        }
    }

    /// The request with a `traceparent` (W3C Trace Context §3.2), unless the configuration gives one.
    func request(tracedBy traceID: TraceID) -> HTTPClient.Request {
        var request = request
        if !request.headers.contains(where: { $0.name.lowercased() == "traceparent" }) {
            request.headers.append(("traceparent", traceID.parent(isSampled: isSampled)))
        }
        return request
    }

    private func evaluate(
        _ answer: HTTPAnswer,
        _ context: RunContext
    ) async throws -> (verdict: CheckReport.Verdict, message: String) {
        if evaluation.isQuick(answer) { return try evaluation.evaluate(answer) }
        let evaluation = evaluation
        return try await matching.run(context.phases) { try evaluation.evaluate(answer) }
    }
}
