package import HealthChecks
import HealthCore

/// What a file of `web.config_file` says: TLS, users, a rate limit and headers of a listener.
///
/// The format is that of Prometheus' exporters (exporter-toolkit, docs/web-configuration.md).
package struct WebConfiguration: Settings {
    /// `tls_server_config`.
    package var tls = TLSServerSettings()
    /// `http_server_config`.
    package var http = HTTPServerSettings()
    /// `basic_auth_users`, in the order of the file.
    package var users: [SettingEntry<PasswordHash>] = []
    /// `rate_limit`.
    package var rateLimit = RateLimitSettings()

    /// Plain HTTP for everybody.
    package init() {}

    /// The keys of the file.
    package static let keys: [SettingKey<WebConfiguration>] = [
        SettingKey("tls_server_config", in: \.tls, as: .object(TLSServerSettings.self), "TLS of the listener."),
        SettingKey("http_server_config", in: \.http, as: .object(HTTPServerSettings.self), "HTTP/2 and headers."),
        SettingKey(
            "basic_auth_users",
            in: \.users,
            as: .users,
            "Users with their passwords, hashed by bcrypt; everything but the probes is for them alone.",
            traits: .secret
        ),
        SettingKey(
            "rate_limit",
            in: \.rateLimit,
            as: .object(RateLimitSettings.self),
            "How many requests are answered."
        ),
    ]
}

/// `http_server_config`: what the answers of a listener have in common.
package struct HTTPServerSettings: Settings {
    package var http2 = true
    package var headers = ResponseHeaderSettings()

    /// HTTP/2 for those who ask for it, and no headers besides our own.
    package init() {}

    package static let keys: [SettingKey<HTTPServerSettings>] = [
        SettingKey("http2", in: \.http2, as: .boolean, "Whether HTTP/2 is offered to clients with TLS."),
        SettingKey(
            "headers",
            in: \.headers,
            as: .object(ResponseHeaderSettings.self),
            "Headers that every answer has."
        ),
    ]
}

/// `http_server_config.headers`: the headers that the format knows.
package struct ResponseHeaderSettings: Settings {
    package var contentSecurityPolicy: String?
    package var frameOptions: FrameOptions?
    package var contentTypeOptions: ContentTypeOptions?
    package var xssProtection: String?
    package var strictTransportSecurity: String?

    /// No headers.
    package init() {}

    /// The values of `X-Frame-Options`.
    package enum FrameOptions: String, CaseIterable, Sendable {
        case deny, sameorigin
    }

    /// The value of `X-Content-Type-Options`, which every answer has anyway.
    package enum ContentTypeOptions: String, CaseIterable, Sendable {
        case nosniff
    }

    package static let keys: [SettingKey<ResponseHeaderSettings>] = [
        SettingKey("Content-Security-Policy", in: \.contentSecurityPolicy, as: .headerText, "What a page may load."),
        SettingKey("X-Frame-Options", in: \.frameOptions, as: .choice(), "Who may show a page in a frame."),
        SettingKey(
            "X-Content-Type-Options",
            in: \.contentTypeOptions,
            as: .choice(),
            "Every answer has it, whether it is given or not."
        ),
        SettingKey("X-XSS-Protection", in: \.xssProtection, as: .headerText, "For old browsers."),
        SettingKey(
            "Strict-Transport-Security",
            in: \.strictTransportSecurity,
            as: .headerText,
            "For how long browsers use nothing but TLS."
        ),
    ]

    /// The headers that are given, in a fixed order; empty ones are left out.
    var fields: [(name: String, value: String)] {
        let all: [(String, String?)] = [
            ("Content-Security-Policy", contentSecurityPolicy), ("X-Frame-Options", frameOptions?.rawValue),
            ("X-XSS-Protection", xssProtection), ("Strict-Transport-Security", strictTransportSecurity),
        ]
        return all.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : (name: name, value: $0) }
        }
    }
}

/// `rate_limit`: a token bucket for all requests but probes.
package struct RateLimitSettings: Settings {
    package var interval = Duration.zero
    package var burst = 0

    /// No limit.
    package init() {}

    package static let keys: [SettingKey<RateLimitSettings>] = [
        SettingKey("interval", in: \.interval, as: .interval, "The time between two requests; 0 for no limit."),
        SettingKey("burst", in: \.burst, as: .integer(0...1_000_000), "How many requests may come at once."),
    ]

    package func validate(_ reader: SettingsReader) {
        if interval > .zero, burst < 1 {
            reader.problem("`burst` must be at least 1, else no request is ever answered")
        }
        if interval == .zero, burst > 0 { reader.problem("burst", "has no effect without `interval`") }
    }
}

extension SettingType where Value == Duration {
    /// A duration, or 0.
    fileprivate static var interval: SettingType {
        SettingType(
            .either(.duration, .choice(["0"])),
            expected: "a duration such as 100ms or 1s, or 0",
            text: { $0 == .zero ? "0" : SettingText.text(of: $0) },
            parse: { $0 == "0" ? .zero : SettingText.duration($0) }
        )
    }
}

extension SettingType where Value == String {
    /// The value of a header (RFC 9110 §5.5), or nothing.
    fileprivate static var headerText: SettingType {
        SettingType(.text(maximum: 4096), expected: "text of at most 4096 printable ASCII characters") { text in
            text.utf8.count <= 4096 && text.utf8.allSatisfy { (32...126).contains($0) } ? text : nil
        }
    }
}
