import HealthCore

/// Asks an HTTP server once, following redirects when told to, and judges its answer.
struct HTTPCheck: HealthCheck {
    let redirects: HTTPRedirects
    let tls: TLSClient
    let request: HTTPClient.Request
    let assertions: HTTPAssertions
    let isSampled: Bool
    /// For what takes longer than a moment.
    let matching: BlockingPool

    static let statusCode = Measurement(name: "health_http_status_code", help: "The status code of the last answer.")
    static let responseBytes = Measurement(
        name: "health_http_response_bytes",
        help: "Bytes of the last answer's body that were read."
    )
    static let redirectCount = Measurement(name: "health_http_redirects", help: "Redirects followed by the last run.")

    var measurements: [Measurement] {
        let answer = [Self.statusCode, Self.responseBytes, Self.redirectCount]
        return request.target.isEncrypted || redirects.areFollowed ? answer + [CertificateRecord.notAfter] : answer
    }
    var connects: Bool { true }
    var target: String? { request.target.description }

    func run(_ context: RunContext) async throws -> CheckReport {
        var request = request
        request.needsWholeBody = assertions.readsBody
        if !request.headers.contains(where: { $0.name.lowercased() == "traceparent" }) {
            request.headers.append(("traceparent", context.traceID.parent(isSampled: isSampled)))
        }
        return try await tls.judged { tls in
            let (answer, followed) = try await redirects.send(request, tls: tls, context)
            let (verdict, message) = try await judge(answer, maximumBody: request.maximumBody, context)
            let measured = [
                MeasuredValue(Self.statusCode, Double(answer.status)),
                MeasuredValue(Self.responseBytes, Double(answer.body.count)),
                MeasuredValue(Self.redirectCount, Double(followed)),
            ]
            return CheckReport(verdict, message, measured: measured)
        }
    }
}

extension HTTPCheck {
    private func judge(
        _ answer: HTTPAnswer,
        maximumBody: Int,
        _ context: RunContext
    ) async throws -> (verdict: CheckReport.Verdict, message: String) {
        if assertions.isQuick(answer) { return try assertions.judge(answer, maximumBody: maximumBody) }
        let assertions = assertions
        return try await matching.run(context.phases) { try assertions.judge(answer, maximumBody: maximumBody) }
    }

    static let kind = CheckKind(
        name: "http",
        summary: "Asks an HTTP server and judges its answer.",
        keys: [
            SettingKey(
                "url",
                .url(["http", "https"]),
                "The address to ask, without user or password.",
                required: true
            ),
            SettingKey("method", .text(maximum: 16), "The request method; default GET."),
            SettingKey("headers", .dictionary(.text(maximum: 8192)), "Headers to send, by name.", secret: true),
            SettingKey("body", .freeText(maximum: 65_536), "What to send.", secret: true),
            SettingKey("basic_auth", .object(basicKeys), "Credentials of RFC 7617."),
            SettingKey("bearer_token", .text(maximum: 8192), "A token of RFC 6750.", secret: true),
            SettingKey("expect_status", .oneOrMore(.statusRange), "Status codes that are expected; default [200-299]."),
            SettingKey(
                "on_other_status",
                .choice(HTTPAssertions.OtherStatus.allCases.map(\.rawValue)),
                "What another status means; default unhealthy."
            ),
            SettingKey("expect_body", .pattern, "An RE2 pattern that must be found in the body."),
            SettingKey("reject_body", .pattern, "An RE2 pattern that must not be found in the body."),
            SettingKey("expect_header", .dictionary(.pattern), "RE2 patterns that headers must hold, by name."),
            SettingKey(
                "json",
                .dictionary(
                    .either(.text(maximum: 1024), .either(.thresholds(.text(maximum: 64)), .object(belowKeys)))
                ),
                "Values or threshold pairs by JSON pointer (RFC 6901); {below: pair} when low is bad."
            ),
            SettingKey("follow_redirects", .integer(0...10), "How many redirects to follow; default 0."),
            SettingKey("max_body", .bytes, "How much of the body is read; default 64KiB."),
            SettingKey("trace_sampled", .boolean, "Whether traceparent asks to sample; default false."),
            SettingKey("tls", .object(TLSOptions.keys), "TLS to the target."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let (assertions, isSampled) = (reader.httpAssertions(), reader.boolean("trace_sampled") ?? false)
        let tls = resources.tlsClient(reader, protocols: ["http/1.1"])
        guard let target = reader.httpTarget("url") else { return nil }
        let redirects = reader.integer("follow_redirects", in: 0...10) ?? 0
        if reader.has("tls"), !target.isEncrypted, redirects == 0 {
            reader.problem("tls", "has no effect: the url is http and no redirect is followed")
        }
        return HTTPCheck(
            redirects: HTTPRedirects(client: resources.httpClient, limit: redirects),
            tls: tls,
            request: reader.httpRequest(to: target),
            assertions: assertions,
            isSampled: isSampled,
            matching: resources.matchingPool
        )
    }

    static let belowKeys = [
        SettingKey("below", .thresholds(.text(maximum: 64)), "Thresholds of a number of which low is bad.")
    ]

    static let basicKeys = [
        SettingKey("username", .text(maximum: 256), "The user; without a colon.", required: true),
        SettingKey("password", .text(maximum: 8192), "The password.", required: true, secret: true),
    ]
}
