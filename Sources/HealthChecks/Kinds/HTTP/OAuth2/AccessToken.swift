import HealthCore

/// A token that a token endpoint gave (RFC 6749 §5.1).
struct AccessToken: Sendable {
    /// What is sent as `Authorization: Bearer …`.
    let value: String
    /// When it came.
    let since: Moment
    /// Until when it is used; nil when the endpoint did not say how long it is good for.
    let until: Moment?
    /// When it ends; nil when the endpoint did not say that.
    let end: Moment?
    /// Removes this token, and the one before it, from what targets echo.
    let redaction: Redaction

    /// At most so long before its end, and at most a tenth of its life, a token is replaced.
    private static let longestMargin = Duration.seconds(30)
    /// In seconds; nothing is known of longer lives, and sums with them stay far from overflow.
    private static let longestLife = 366.0 * 86_400

    /// - Parameters:
    ///   - seconds: how long it is good for; nil when that is not known.
    ///   - previous: the token before it; targets may still repeat that one.
    init(_ value: String, seconds: Double?, since: Moment, previous: AccessToken? = nil) {
        self.value = value
        self.since = since
        let life = seconds.map { Duration.seconds(min(max(0, $0), Self.longestLife)) }
        end = life.map { since.advanced(by: $0) }
        until = life.map { since.advanced(by: $0 - min(Self.longestMargin, $0 / 10)) }
        redaction = Redaction(secrets: [value] + (previous.map { [$0.value] } ?? []))
    }

    /// Whether it is good for another request at a moment.
    func isFresh(at now: Moment) -> Bool {
        until.map { now < $0 } ?? true
    }

    /// Whether its end has come.
    func hasEnded(at now: Moment) -> Bool {
        end.map { now >= $0 } ?? false
    }
}
