/// What a server says of itself.
struct RedisState: Sendable {
    /// Empty when the server refuses INFO to this user.
    var info: RedisInfo
    /// Seconds between the primary's pings.
    var pingPeriod = RedisInfo.defaultPingPeriod
    /// Why the server refused INFO.
    var refusal: String?
}
