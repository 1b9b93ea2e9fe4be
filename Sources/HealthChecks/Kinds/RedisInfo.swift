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

    /// Without control characters: it is shown.
    var version: String {
        (fields["valkey_version"] ?? fields["redis_version"]).map { String($0).cutForDisplay } ?? "unknown"
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

    /// Seconds; nil on a primary without replicas, and on a replica that never heard its primary.
    var replicationLag: Double? {
        if role == "replica" {
            let silent = number(isLinkUp ? "master_last_io_seconds_ago" : "master_link_down_since_seconds")
            return silent.flatMap { $0 >= 0 ? $0 : nil }
        }
        let replicas = fields.filter { $0.key.hasPrefix("slave") && $0.key.dropFirst(5).allSatisfy(\.isNumber) }.values
        // One that is still being sent everything has `lag=0` as well.
        return replicas.filter { $0.split(separator: ",").contains("state=online") }.compactMap { line in
            line.split(separator: ",").first { $0.hasPrefix("lag=") }.flatMap { Double($0.dropFirst(4)) }
        }.filter(\.isFinite).max()
    }
}
