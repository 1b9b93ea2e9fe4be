/// The fields of an `INFO` answer (redis.io/docs/latest/commands/info).
struct RedisInfo: Sendable {
    private let fields: [Substring: Substring]

    init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        var fields: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        self.fields = fields
    }

    func number(_ name: Substring) -> Double? {
        fields[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    var version: String {
        (fields["valkey_version"] ?? fields["redis_version"]).map { String($0) } ?? "unknown"
    }

    /// `master` or `replica`, which the server still calls slave.
    var role: String {
        switch fields["role"] {
        case "master": "master"
        case "slave": "replica"
        default: "unknown"
        }
    }

    var memoryRatio: Double? {
        guard let used = number("used_memory"), let limit = number("maxmemory"), limit > 0 else { return nil }
        return used / limit
    }

    /// Whether a replica hears its primary.
    var isLinkUp: Bool { fields["master_link_status"] == "up" }

    /// Whether there is nothing in it.
    var isEmpty: Bool { fields.isEmpty }

    /// The first of these fields that is not there.
    func missing(of names: [Substring]) -> Substring? { names.first { fields[$0] == nil } }

    /// Whole seconds since a replica heard its primary over a link that is up.
    var silence: Double? {
        guard role == "replica", isLinkUp else { return nil }
        return number("master_last_io_seconds_ago").flatMap { $0 >= 0 ? $0 : nil }
    }

    /// How often a primary that has nothing else to say pings its replicas, as redis.conf has it.
    static let defaultPingPeriod = 10.0
    /// The primary looks once a second whether a ping is due, and both its clock and the replica's count whole seconds.
    private static let slack = 2.0

    /// Seconds; nil on a primary without replicas, and on a replica that never heard its primary.
    ///
    /// A replica that heard its primary within the ping period has all that there is: between pings, silence says nothing.
    func replicationLag(pingPeriod: Double = defaultPingPeriod) -> Double? {
        if role == "replica" {
            guard isLinkUp else { return number("master_link_down_since_seconds").flatMap { $0 >= 0 ? $0 : nil } }
            return silence.map { $0 < pingPeriod + Self.slack ? 0 : $0 }
        }
        let replicas = fields.filter { $0.key.hasPrefix("slave") && $0.key.dropFirst(5).allSatisfy(\.isNumber) }.values
        // One that is still being sent everything has `lag=0` as well.
        return replicas.filter { $0.split(separator: ",").contains("state=online") }.compactMap { line in
            line.split(separator: ",").first { $0.hasPrefix("lag=") }.flatMap { Double($0.dropFirst(4)) }
        }.filter(\.isFinite).max()
    }
}
