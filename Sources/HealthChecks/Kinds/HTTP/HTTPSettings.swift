import HealthCore

/// The settings of an `http` check.
struct HTTPSettings: ProxiedSettings {
    /// What is sent.
    var request = HTTPRequestSettings()
    /// What is expected of the answer.
    var assertions = HTTPAssertions()
    /// How many redirects are followed.
    var redirects = 0
    /// How many bytes of a body are read.
    var maximumBody = 64 * 1024
    /// Whether `traceparent` requests sampling.
    var isSampled = false
    /// TLS to the target; nil for the defaults.
    var tls: TLSOptions?
    /// Which addresses of a name are used.
    var version = IPVersion.auto
    /// The proxy to connect through.
    var proxy: ProxyChoice?

    /// The keys of the kind, in the order of the documentation.
    static let keys: [SettingKey<HTTPSettings>] =
        HTTPRequestSettings.keys.map { $0.within(\.request) }
        + HTTPAssertions.keys.map { $0.within(\.assertions) }
        + connectionKeys

    private static let connectionKeys: [SettingKey<HTTPSettings>] = [
        SettingKey("follow_redirects", in: \.redirects, as: .integer(0...10), "How many redirects to follow."),
        SettingKey("max_body", in: \.maximumBody, as: .bytes(1...16_777_216), "How much of the body is read."),
        SettingKey("trace_sampled", in: \.isSampled, as: .boolean, "Whether traceparent requests sampling."),
        .tls(\.tls, "TLS to the target."),
        .ipVersion(\.version),
        .proxy,
    ]

    func validate(_ reader: SettingsReader) {
        request.validate(reader)
        let isPlain = !request.target.host.isEmpty && !request.target.isEncrypted
        if reader.has("tls"), isPlain, redirects == 0 {
            reader.problem("tls", "has no effect: the url is http and no redirect is followed")
        }
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        HTTPCheck(
            request: clientRequest(resources.proxyRules(proxy)),
            isSampled: isSampled,
            tokens: tokens(resources),
            redirects: HTTPRedirects(client: resources.httpClient, limit: redirects),
            tls: resources.tlsClient(tls, protocols: ["http/1.1"]),
            evaluation: HTTPEvaluation(assertions: assertions, maximumBody: maximumBody, seen: seen),
            matching: resources.matchingPool
        )
    }

    /// Where the token comes from that is sent; nil without `oauth2`.
    private func tokens(_ resources: CheckResources) -> AccessTokenSource? {
        guard var oauth2 = request.oauth2 else { return nil }
        if oauth2.proxy == nil { oauth2.proxy = proxy }
        return resources.tokens.source(oauth2, resources)
    }

    /// What the client sends, and how much it reads.
    private func clientRequest(_ proxies: ProxyRules?) -> HTTPClient.Request {
        var sent = HTTPClient.Request(
            target: request.target,
            method: request.method,
            headers: request.headers.map { ($0.name, $0.value) },
            body: Array(request.body.utf8),
            maximumBody: maximumBody,
            version: version
        )
        sent.needsWholeBody = assertions.readsBody
        sent.proxies = proxies
        if let authorization = request.authorization { sent.headers.append(("Authorization", authorization)) }
        return sent
    }
}
