import HealthCore

/// Sends one request to an HTTP server, follows redirects where configured, and evaluates the answer.
struct HTTPCheck: NetworkCheck {
    /// What is sent, apart from `traceparent`.
    let request: HTTPClient.Request
    /// Whether `traceparent` requests sampling.
    let isSampled: Bool
    /// Where the token comes from that is sent; nil when none is.
    let tokens: AccessTokenSource?
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
    /// All where redirects may lead elsewhere, or a token comes from elsewhere.
    var phases: [RunPhase] {
        redirects.areFollowed || tokens != nil
            ? RunPhase.allCases
            : .ofConnection(to: request.destination, isEncrypted: request.target.isEncrypted, isAnswered: true)
    }
    /// The URL, without the values of its query.
    var target: String? { request.target.description }

    func run(_ context: RunContext) async throws -> CheckReport {
        let request = request(tracedBy: context.traceID)
        return try await tls.evaluated { tls in
            guard let tokens else {
                return try await report(
                    try await redirects.send(request, tls: tls, context),
                    evaluation,
                    context: context
                )
            }
            let token = try await tokens.token(context)
            let sent = try await redirects.send(request.bearing(token), tls: tls, context)
            if sent.answer.status == 401, sent.hadHeaders, !evaluation.expects(401),
                let other = try await tokens.token(insteadOf: token, context)
            {
                let again = try await redirects.send(request.bearing(other), tls: tls, context)
                return try await report(again, evaluation.hiding(other), context: context)
            }
            return try await report(sent, evaluation.hiding(token), context: context)
        }
    }

    private func report(
        _ sent: (answer: HTTPAnswer, redirects: Int, hadHeaders: Bool),
        _ evaluation: HTTPEvaluation,
        context: RunContext
    ) async throws -> CheckReport {
        let (verdict, message) = try await evaluate(sent.answer, evaluation, context: context)
        let measured = [
            MeasuredValue(Self.statusCode, Double(sent.answer.status)),
            MeasuredValue(Self.responseBytes, Double(sent.answer.body.count)),
            MeasuredValue(Self.redirectCount, Double(sent.redirects)),
        ]
        return CheckReport(verdict, message, measured: measured)
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
        _ evaluation: HTTPEvaluation,
        context: RunContext
    ) async throws -> (verdict: CheckReport.Verdict, message: String) {
        if evaluation.isQuick(answer) { return try evaluation.evaluate(answer) }
        return try await matching.run(context.phases) { try evaluation.evaluate(answer) }
    }
}

extension HTTPClient.Request {
    /// The request with a token (RFC 6750 §2.1).
    fileprivate func bearing(_ token: AccessToken) -> HTTPClient.Request {
        var request = self
        request.headers.append(("Authorization", "Bearer \(token.value)"))
        return request
    }
}
