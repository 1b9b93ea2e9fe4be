/// The `oauth2` key of an `http` check: a token for the client itself (RFC 6749 §4.4), in the spelling of Prometheus' `http_config`.
package struct OAuth2Settings: Settings {
    /// Without a host until it is decoded.
    var endpoint = HTTPTarget()
    /// The client as the token endpoint knows it.
    var clientID = ""
    /// What the client proves itself with.
    var clientSecret = ""
    /// What the token is to allow; empty for the server's default (RFC 6749 §3.3).
    var scopes: [String] = []
    /// Parameters of the request besides the standard ones, such as `audience`.
    var parameters: [SettingEntry<String>] = []
    /// TLS to the token endpoint; nil for the defaults.
    var tls: TLSOptions?
    /// The proxy to the token endpoint; nil for that of the check.
    var proxy: ProxyChoice?

    /// No endpoint and no client.
    package init() {}

    /// The keys, in the order of the documentation.
    package static let keys: [SettingKey<OAuth2Settings>] = [
        SettingKey(
            "token_url",
            in: \.endpoint,
            as: .httpTarget(credentials: "use `client_id` and `client_secret`"),
            "The token endpoint, without user or password.",
            traits: .required
        ),
        SettingKey("client_id", in: \.clientID, as: .visibleText, "The client's name.", traits: .required),
        SettingKey(
            "client_secret",
            in: \.clientSecret,
            as: .secretText,
            "The client's password, sent as RFC 6749 §2.3.1 says, by basic authentication.",
            traits: [.required, .secret]
        ),
        SettingKey("scopes", in: \.scopes, as: .oneOrMore(.scope), "What the token is to allow."),
        SettingKey(
            "endpoint_params",
            in: \.parameters,
            as: .tokenParameters,
            "More parameters of the request, such as audience.",
            traits: .secret
        ),
        SettingKey("tls", in: \.tls, as: .object(TLSOptions.self), "TLS to the token endpoint."),
        SettingKey(
            "proxy",
            in: \.proxy,
            as: .proxy,
            "The HTTP proxy to the token endpoint: off, or a map.",
            default: "that of the check"
        ),
    ]

    package func validate(_ reader: SettingsReader) {
        if reader.has("tls"), !endpoint.host.isEmpty, !endpoint.isEncrypted {
            reader.problem("tls", "has no effect: the token_url is http")
        }
        if tls?.expiresWithin != nil {
            reader.problem("tls", "expires_within has no effect here: only the target's certificates are measured")
        }
    }
}

extension SettingType where Value == String {
    /// A client's name (RFC 6749 §A.1: VSCHAR).
    fileprivate static var visibleText: SettingType {
        SettingType(.text(maximum: 512), expected: "1 to 512 visible ASCII characters") { text in
            let isVisible = text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
            return isVisible && !text.isEmpty && text.utf8.count <= 512 ? text : nil
        }
    }

    /// One scope (RFC 6749 §3.3); they are sent with spaces between them.
    fileprivate static var scope: SettingType {
        SettingType(.text(maximum: 512), expected: "one scope, without spaces") { text in
            let isScope = text.utf8.allSatisfy { byte in
                (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            }
            return isScope && !text.isEmpty && text.utf8.count <= 512 ? text : nil
        }
    }
}

extension SettingType where Value == [SettingEntry<String>] {
    /// Parameters of a token request; those that other keys give are refused.
    fileprivate static var tokenParameters: SettingType {
        let value = SettingType<String>(.text(maximum: 8192), expected: "text of at most 8192 bytes") { text in
            text.utf8.count <= 8192 && !text.hasControlCharacters ? text : nil
        }
        let type = SettingType.dictionary(value)
        return SettingType(type.shape) { place in
            let parameters = type.read(place, nil)
            for parameter in parameters ?? [] {
                switch parameter.name {
                case "grant_type": place.problem("`grant_type` is client_credentials")
                case "scope": place.problem("`scope` is what the key `scopes` says")
                case "client_id", "client_secret": place.problem("`\(parameter.name)` has a key of its own")
                case "": place.problem("a parameter needs a name")
                default: break
                }
            }
            return parameters
        }
    }
}
