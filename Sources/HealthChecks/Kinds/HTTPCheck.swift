import HealthCore

/// Asks an HTTP server once and judges its answer.
struct HTTPCheck: HealthCheck {
    /// What a status that is not expected means.
    enum OtherStatus: String, CaseIterable {
        case degraded, unhealthy
    }

    let client: HTTPClient
    let request: HTTPClient.Request
    let expectedStatus: [ClosedRange<Int>]
    let onOtherStatus: OtherStatus
    let expectedBody: Pattern?

    static let statusCode = Measurement(name: "health_http_status_code", help: "The status code of the last answer.")
    static let responseBytes = Measurement(
        name: "health_http_response_bytes",
        help: "Bytes of the last answer's body that were read."
    )
    static let redirects = Measurement(name: "health_http_redirects", help: "Redirects followed by the last run.")

    var measurements: [Measurement] { [Self.statusCode, Self.responseBytes, Self.redirects] }
    var connects: Bool { true }

    func run(_ context: RunContext) async throws -> CheckReport {
        let answer = try await client.send(request, context)
        let measured = [
            MeasuredValue(Self.statusCode, Double(answer.status)),
            MeasuredValue(Self.responseBytes, Double(answer.body.count)),
            MeasuredValue(Self.redirects, 0),
        ]
        let (verdict, message) = judge(answer)
        return CheckReport(verdict, message, measured: measured)
    }

    private func judge(_ answer: HTTPAnswer) -> (CheckReport.Verdict, String) {
        guard expectedStatus.contains(where: { $0.contains(answer.status) }) else {
            let verdict: CheckReport.Verdict =
                onOtherStatus == .degraded ? .degraded(.unexpectedStatus) : .failure(.unexpectedStatus)
            return (verdict, "answered with status \(answer.status)")
        }
        guard let expectedBody else { return (.success, "answered with status \(answer.status)") }
        if answer.bodyWasCut {
            return (.failure(.bodyTooLarge), "the body is larger than \(request.maximumBody) bytes")
        }
        switch expectedBody.search(in: answer.body) {
        case .matches: return (.success, "answered with status \(answer.status)")
        case .differs: return (.failure(.assertion), "the body does not match expect_body")
        case .limitReached:
            return (.failure(.assertion), "expect_body took too many steps on this body; use a simpler pattern")
        }
    }
}

extension HTTPCheck {
    static let kind = CheckKind(
        name: "http",
        summary: "Asks an HTTP server and judges status and body.",
        keys: [
            SettingKey(
                "url",
                .url(["http", "https"]),
                "The address to ask, without user or password.",
                required: true
            ),
            SettingKey("method", .text(maximum: 16), "The request method; default GET."),
            SettingKey("headers", .dictionary(.text(maximum: 8192)), "Headers to send, by name.", secret: true),
            SettingKey("expect_status", .oneOrMore(.statusRange), "Status codes that are expected; default [200-299]."),
            SettingKey(
                "on_other_status",
                .choice(OtherStatus.allCases.map(\.rawValue)),
                "What another status means; default unhealthy."
            ),
            SettingKey("expect_body", .pattern, "A PCRE pattern that must be found in the body."),
            SettingKey("max_body", .bytes, "How much of the body is read; default 64KiB."),
            CheckKind.versionKey,
        ]
            + SettingKey.notYet(
                "body",
                "reject_body",
                "expect_header",
                "json",
                "follow_redirects",
                "basic_auth",
                "bearer_token",
                "trace_sampled",
                "tls"
            )
    ) { reader, resources in
        guard let target = reader.httpTarget("url") else { return nil }
        let headers = reader.httpHeaders("headers")
        var request = HTTPClient.Request(target: target, headers: headers)
        request.method = reader.httpMethod("method") ?? "GET"
        request.maximumBody = reader.bytes("max_body", in: 1...16_777_216) ?? request.maximumBody
        request.version = reader.choice("ip") ?? .auto
        return HTTPCheck(
            client: resources.httpClient,
            request: request,
            expectedStatus: reader.statusRanges("expect_status") ?? [200...299],
            onOtherStatus: reader.choice("on_other_status") ?? .unhealthy,
            expectedBody: reader.pattern("expect_body")
        )
    }
}
