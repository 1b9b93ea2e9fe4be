#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension SettingsReader {
    /// What an HTTP check sends.
    func httpRequest(to target: HTTPTarget) -> HTTPClient.Request {
        var request = HTTPClient.Request(target: target, headers: httpHeaders("headers"))
        request.method = httpMethod("method") ?? "GET"
        request.maximumBody = bytes("max_body", in: 1...16_777_216) ?? request.maximumBody
        request.version = choice("ip") ?? .auto
        request.body =
            value("body", "text of at most 64 KiB") { $0.utf8.count <= 65_536 ? Array($0.utf8) : nil } ?? []
        if !request.body.isEmpty, ["GET", "HEAD"].contains(request.method) {
            problem("body", "is not sent with the method \(shown("method", request.method)); set `method`")
        }
        if let authorization = authorization() {
            if request.headers.contains(where: { $0.name.lowercased() == "authorization" }) {
                problem("headers", "Authorization is given twice: here and by basic_auth or bearer_token")
            }
            request.headers.append(("Authorization", authorization))
        }
        return request
    }

    private func authorization() -> String? {
        if has("basic_auth") && has("bearer_token") {
            problem("bearer_token", "either basic_auth or bearer_token, not both")
        }
        if has("basic_auth") {
            let reader = object("basic_auth", keys: HTTPCheck.basicKeys)
            let user = reader.value("username", "a user without colon and control characters") { text in
                text.contains(":") || text.hasControlCharacters || text.isEmpty ? nil : text
            }
            guard let user, let password = reader.secret("password") else { return nil }
            return "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        }
        return secret("bearer_token").map { "Bearer \($0)" }
    }

    /// Text that is never shown, without control characters.
    func secret(_ key: String) -> String? {
        value(key, "text of 1 to 8192 bytes without control characters") { text in
            text.isEmpty || text.utf8.count > 8192 || text.hasControlCharacters ? nil : text
        }
    }

    /// What an HTTP check expects.
    func httpAssertions() -> HTTPAssertions {
        var assertions = HTTPAssertions()
        assertions.seen = seen
        assertions.status = statusRanges("expect_status") ?? assertions.status
        assertions.onOtherStatus = choice("on_other_status") ?? .unhealthy
        assertions.expectedBody = pattern("expect_body")
        assertions.rejectedBody = pattern("reject_body")
        assertions.headers = entries("expect_header").compactMap { entry in
            guard Self.isToken(entry.key) else {
                problem("expect_header", "`\(entry.key.cutForDisplay)` is no header name")
                return nil
            }
            return pattern(entry.value, "expect_header").map { (entry.key, $0) }
        }
        assertions.json = entries("json").compactMap(jsonAssertion)
        return assertions
    }

    private func jsonAssertion(_ entry: SettingNode.Entry) -> HTTPAssertions.JSONAssertion? {
        guard let pointer = JSONPointer(entry.key) else {
            let shown = entry.key.cutForDisplay
            problem("json", "`\(shown)` is no JSON pointer: empty, or `/` before every name, such as /queue/depth")
            return nil
        }
        if case .map(let members, _) = entry.value {
            return jsonThresholds(entry, members).map {
                HTTPAssertions.JSONAssertion(pointer: pointer, expectation: .thresholds($0))
            }
        }
        return scalar(
            entry.value,
            "json",
            "a value, {degraded: …, unhealthy: …} or {below: {degraded: …, unhealthy: …}}"
        ) { $0 }.map {
            HTTPAssertions.JSONAssertion(pointer: pointer, expectation: .value($0))
        }
    }

    /// `{degraded: …, unhealthy: …}`, of which high is bad, or the same under `below`, of which low is bad.
    private func jsonThresholds(
        _ entry: SettingNode.Entry,
        _ members: [SettingNode.Entry]
    ) -> ThresholdPair<Double>? {
        guard members.contains(where: { $0.key == "below" }) else {
            return thresholds(of: entry, in: "json", "a number", Self.number)
        }
        let path = "\(path(of: "json")).\(entry.key.cutForDisplay)"
        return SettingsReader(entry.value, path: path, keys: HTTPCheck.belowKeys, problems: problems)
            .thresholds("below", "a number", lowIsBad: true, Self.number)
    }

    private static func number(_ text: String) -> Double? {
        Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}
