/// The fields of an `INFO` answer (redis.io/docs/latest/commands/info).
struct RedisInfo: Sendable {
    private let fields: [Substring: Substring]

    /// Reads the lines of an answer that are `name:value`.
    init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        var fields: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.unicodeScalars.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = Substring(line.unicodeScalars[colon...].dropFirst())
        }
        self.fields = fields
    }

    /// The finite number in a field.
    func number(_ name: Substring) -> Double? {
        fields[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    /// The server's version; `unknown` when it does not say.
    var version: String {
        (fields["valkey_version"] ?? fields["redis_version"]).map { String($0) } ?? "unknown"
    }

    /// `master`, `replica` (in INFO `slave`), or `unknown`.
    var role: String {
        switch fields["role"] {
        case "master": "master"
        case "slave": "replica"
        default: "unknown"
        }
    }

    /// Memory used over `maxmemory`; nil without a limit.
    var memoryRatio: Double? {
        guard let used = number("used_memory"), let limit = number("maxmemory"), limit > 0 else { return nil }
        return used / limit
    }

    /// Whether a replica is connected to its primary.
    var isLinkUp: Bool { fields["master_link_status"] == "up" }

    /// Whether it has no fields.
    var isEmpty: Bool { fields.isEmpty }

    /// The first of these fields that is not there.
    func missing(of names: [Substring]) -> Substring? { names.first { fields[$0] == nil } }

    /// Whole seconds since a replica got something from its primary, over a link that is up.
    var silence: Double? {
        guard role == "replica", isLinkUp else { return nil }
        return number("master_last_io_seconds_ago").flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Seconds between the pings of an idle primary to its replicas: the default of `repl-ping-replica-period` in redis.conf.
    static let defaultPingPeriod = 10.0
    /// Seconds that a ping may be late: the primary sends it in a timer of one second, and both servers count whole seconds.
    private static let slack = 2.0

    /// Seconds; nil on a primary without replicas, and on a replica that never got anything from its primary.
    ///
    /// The lag of a replica is 0 until a ping is overdue: an idle primary sends nothing else.
    func replicationLag(pingPeriod: Double = defaultPingPeriod) -> Double? {
        if role == "replica" {
            guard isLinkUp else { return number("master_link_down_since_seconds").flatMap { $0 >= 0 ? $0 : nil } }
            return silence.map { $0 < pingPeriod + Self.slack ? 0 : $0 }
        }
        let replicas = fields.filter { $0.key.hasPrefix("slave") && $0.key.dropFirst(5).allSatisfy(\.isNumber) }.values
        // A replica that is still receiving the snapshot has `lag=0`, too.
        return replicas.filter { $0.split(separator: ",").contains("state=online") }.compactMap { line in
            line.split(separator: ",").first { $0.hasPrefix("lag=") }.flatMap { Double($0.dropFirst(4)) }
        }.filter(\.isFinite).max()
    }
}
