/// What an `http` check expects of an answer.
struct HTTPAssertions: Settings {
    /// How good or bad an answer with another status is.
    enum OtherStatus: String, CaseIterable {
        case degraded, unhealthy
    }

    /// Codes of the expected statuses.
    var status: [ClosedRange<Int>] = [200...299]
    /// How bad another status is.
    var onOtherStatus = OtherStatus.unhealthy
    /// Must be found in the body.
    var expectedBody: Pattern?
    /// Must not be found in the body.
    var rejectedBody: Pattern?
    /// Must be found in the headers of these names.
    var headers: [SettingEntry<Pattern>] = []
    /// Must hold in the body, which is JSON then.
    var json: [JSONAssertion] = []

    /// The keys, in the order of the documentation.
    static let keys: [SettingKey<HTTPAssertions>] = [
        SettingKey("expect_status", in: \.status, as: .statusRanges, "Status codes that are expected."),
        SettingKey("on_other_status", in: \.onOtherStatus, as: .choice(), "What another status means."),
        SettingKey("expect_body", in: \.expectedBody, as: .pattern, "An RE2 pattern that must be found in the body."),
        SettingKey(
            "reject_body",
            in: \.rejectedBody,
            as: .pattern,
            "An RE2 pattern that must not be found in the body."
        ),
        SettingKey(
            "expect_header",
            in: \.headers,
            as: .headerPatterns,
            "RE2 patterns that headers must hold, by name."
        ),
        SettingKey(
            "json",
            in: \.json,
            as: .jsonAssertions,
            "Values or threshold pairs by JSON pointer (RFC 6901); {below: pair} when low is bad."
        ),
    ]

    /// Whether an assertion needs the whole body.
    var readsBody: Bool { expectedBody != nil || rejectedBody != nil || !json.isEmpty }
}
