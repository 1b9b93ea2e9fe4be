#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What an `http` check sends.
struct HTTPRequestSettings: Settings {
    /// Without a host until it is decoded.
    var target = HTTPTarget()
    /// The request method, in capitals.
    var method = "GET"
    /// Replace or add to those that the client sends.
    var headers: [SettingEntry<String>] = []
    /// Empty for none.
    var body = ""
    /// Credentials of RFC 7617.
    var basicAuth: BasicCredentials?
    /// A token of RFC 6750.
    var bearerToken: String?
    /// A token that is fetched with the client's own credentials (RFC 6749 §4.4).
    var oauth2: OAuth2Settings?

    /// The keys, in the order of the documentation.
    static let keys: [SettingKey<HTTPRequestSettings>] = [
        SettingKey(
            "url",
            in: \.target,
            as: .httpTarget,
            "The address to request, without user or password.",
            traits: .required
        ),
        SettingKey("method", in: \.method, as: .httpMethod, "The request method."),
        SettingKey("headers", in: \.headers, as: .httpHeaders, "Headers to send, by name.", traits: .secret),
        SettingKey("body", in: \.body, as: .httpBody, "What to send.", traits: .secret),
        SettingKey("basic_auth", in: \.basicAuth, as: .object(BasicCredentials.self), "Credentials of RFC 7617."),
        SettingKey("bearer_token", in: \.bearerToken, as: .secretText, "A token of RFC 6750.", traits: .secret),
        SettingKey(
            "oauth2",
            in: \.oauth2,
            as: .object(OAuth2Settings.self),
            "A token that is fetched for the client itself (RFC 6749 §4.4) and sent as bearer_token would be."
        ),
    ]

    func validate(_ reader: SettingsReader) {
        if !body.isEmpty, ["GET", "HEAD"].contains(method) {
            reader.problem("body", "is not sent with the method \(reader.shown("method", method)); set `method`")
        }
        if reader.has("basic_auth"), reader.has("bearer_token") {
            reader.problem("bearer_token", "either basic_auth or bearer_token, not both")
        }
        if oauth2 != nil, reader.has("basic_auth") || reader.has("bearer_token") {
            reader.problem("oauth2", "either oauth2, basic_auth or bearer_token, not two of them")
        }
        if authorization != nil || oauth2 != nil,
            headers.contains(where: { $0.name.lowercased() == "authorization" })
        {
            let other = oauth2 == nil ? "basic_auth or bearer_token" : "oauth2"
            reader.problem("headers", "Authorization is given twice: here and by \(other)")
        }
    }

    /// The value of the `Authorization` header; nil without credentials.
    var authorization: String? { basicAuth?.authorization ?? bearerToken.map { "Bearer \($0)" } }
}

/// A user and a password for basic authentication (RFC 7617).
struct BasicCredentials: Settings {
    /// Without a colon.
    var username = ""
    /// At most 8192 bytes.
    var password = ""

    /// The keys, in the order of the documentation.
    static let keys: [SettingKey<BasicCredentials>] = [
        SettingKey("username", in: \.username, as: .basicUser, "The user; without a colon.", traits: .required),
        SettingKey(
            "password",
            in: \.password,
            as: .secretText,
            "The password.",
            traits: [.required, .secret]
        ),
    ]

    /// The value of the `Authorization` header; nil when one of the two is missing.
    var authorization: String? {
        if username.isEmpty || password.isEmpty { return nil }
        return "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
    }
}
