import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Requests a token from a token endpoint with the client's own credentials (RFC 6749 §4.4.2), and reads the answer.
struct AccessTokenRequest: Sendable {
    private let settings: OAuth2Settings
    private let client: HTTPClient
    private let tls: TLSClient
    private let proxies: ProxyRules?
    private let time: any TimeSource
    private let seen: SeenText

    /// In bytes; tokens with many claims have some KiB.
    private static let maximumAnswer = 64 * 1024

    /// - Parameter settings: with the proxy that counts, be it the check's.
    init(settings: OAuth2Settings, resources: CheckResources) {
        self.settings = settings
        client = resources.httpClient
        tls = resources.tlsClient(settings.tls, protocols: ["http/1.1"])
        proxies = resources.proxyRules(settings.proxy)
        time = resources.time
        seen = SeenText(redaction: Redaction(secrets: Self.secrets(of: settings)))
    }

    /// What the endpoint is told and no message may repeat.
    private static func secrets(of settings: OAuth2Settings) -> [String] {
        var secrets = [settings.clientSecret, credentials(of: settings)] + settings.parameters.map(\.value)
        if case .on(let proxy) = settings.proxy { secrets += [proxy.password].compactMap(\.self) }
        return secrets
    }

    /// A new token; its request counts towards the run's deadline, and failures name the endpoint.
    func token(replacing previous: AccessToken?, _ context: RunContext) async throws -> AccessToken {
        do {
            let connection = TLSConnection(client: tls, record: CertificateRecord())
            let answer = try await client.send(request, tls: connection, context)
            return try token(in: answer, replacing: previous)
        } catch let failure as CheckFailure {
            throw failure.naming("the token endpoint \(settings.endpoint)")
        }
    }

    /// A POST of a form; which parameters it has, and in which order, is the same each time.
    var request: HTTPClient.Request {
        var parameters = [("grant_type", "client_credentials")]
        if !settings.scopes.isEmpty { parameters.append(("scope", settings.scopes.joined(separator: " "))) }
        parameters += settings.parameters.map { ($0.name, $0.value) }
        let form = parameters.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&")
        var request = HTTPClient.Request(
            target: settings.endpoint,
            method: "POST",
            headers: [
                ("Authorization", "Basic \(Self.credentials(of: settings))"), ("Accept", "application/json"),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            body: Array(form.utf8),
            maximumBody: Self.maximumAnswer
        )
        request.proxies = proxies
        return request
    }

    /// Name and password, each encoded as in a form before they are joined (RFC 6749 §2.3.1).
    private static func credentials(of settings: OAuth2Settings) -> String {
        Data("\(encoded(settings.clientID)):\(encoded(settings.clientSecret))".utf8).base64EncodedString()
    }

    /// A text as a form has it (RFC 6749 appendix B).
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 42, 45, 46, 95: return String(UnicodeScalar(byte))
            case 32: return "+"
            default: return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// Reads an answer of RFC 6749 §5.1 or §5.2.
    private func token(
        in answer: HTTPAnswer,
        replacing previous: AccessToken?
    ) throws(CheckFailure) -> AccessToken {
        if answer.bodyWasCut {
            throw CheckFailure(.bodyTooLarge, "its answer is larger than \(Self.maximumAnswer) bytes")
        }
        var members: [String: JSONValue] = [:]
        if case .object(let object) = JSONValue(parsing: answer.body) { members = object }
        guard answer.status == 200 else { throw refusal(answer.status, members) }
        guard case .string(let value) = members["access_token"], !value.isEmpty else {
            throw CheckFailure(.protocolError, "its answer has no access_token")
        }
        guard value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw CheckFailure(.protocolError, "its access_token can't be sent in a header")
        }
        if let type = members["token_type"], type.text?.lowercased() != "bearer" {
            throw CheckFailure(.protocolError, "its token_type is \(seen.shown(type)), expected Bearer (RFC 6750)")
        }
        return AccessToken(value, seconds: try seconds(members), since: time.moment, previous: previous)
    }

    /// Some servers send a number as a text.
    private func seconds(_ members: [String: JSONValue]) throws(CheckFailure) -> Double? {
        switch members["expires_in"] {
        case nil, .null?: return nil
        case .number(let seconds)?: return seconds
        case .string(let text)?: if let seconds = Double(text), seconds.isFinite { return seconds }
        default: break
        }
        throw CheckFailure(.protocolError, "its expires_in is no number of seconds")
    }

    private func refusal(_ status: Int, _ members: [String: JSONValue]) -> CheckFailure {
        let error = members["error"].flatMap(\.text).map { " and the error \(seen.quoted($0))" } ?? ""
        let isRefusal = [400, 401, 403].contains(status)
        return CheckFailure(
            isRefusal ? .authentication : .unexpectedStatus,
            "it answered with status \(status)\(error)"
        )
    }
}

extension JSONValue {
    /// The text that it is; nil for other values.
    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}
