import HealthCore
import Logging

/// Makes the bytes of lines, each with the service's names and the time.
struct LogFormatter: Sendable {
    /// The names that every line in JSON has.
    let identity: ServiceIdentity
    /// Tells the time of a line.
    let wallClock: any WallClock
    /// JSON for collectors, or text for people.
    let format: LogSettings.Format

    /// A line with its line feed.
    func line(level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata) -> [UInt8] {
        let line = LogLine(
            level: level,
            message: message,
            metadata: metadata,
            identity: identity,
            timestamp: wallClock.now
        )
        return format == .json ? line.json : line.text
    }
}

/// The keys of a line in their order, each with its value.
struct LogLine {
    /// Keys of events, in the order of the contract; any other follows by name.
    private static let order = [
        "component", "check", "kind", "status", "previous_status", "result", "reason", "duration_seconds",
        "consecutive_failures", "trace_id", "target", "drill", "error",
    ]
    /// Keys that lines for people leave out: they are the same on every line.
    private static let identityKeys = ["service", "environment", "version", "instance"]
    /// Keys beyond the known ones.
    private static let maximumOtherKeys = 16
    /// One value may have this much of a line of 16 KiB.
    private static let maximumValueBytes = 4096
    /// All values of a line may have this much, escapes included; keys and punctuation fit into the rest of 16 KiB.
    private static let maximumLineBytes = 12 * 1024
    /// What a value may always have, however much those before it have used.
    private static let minimumValueBytes = 64

    private let fields: [(key: String, value: Logger.Metadata.Value)]

    /// A line of an event; its metadata are sorted into the order of the contract.
    init(
        level: Logger.Level,
        message: Logger.Message,
        metadata: Logger.Metadata,
        identity: ServiceIdentity,
        timestamp: Timestamp
    ) {
        var fields: [(key: String, value: Logger.Metadata.Value)] = [
            ("timestamp", .string(timestamp.rfc3339)), ("level", .string(level.rawValue)),
            ("message", .string("\(message)")),
        ]
        if let name = metadata["event"] { fields.append(("event", name)) }
        let names = [identity.name, identity.environment, identity.version, identity.instance]
        fields += zip(Self.identityKeys, names).map { ($0, .string($1)) }
        let others = metadata.keys.filter { $0 != "event" && !Self.order.contains($0) }.sorted()
        for key in Self.order + others.prefix(Self.maximumOtherKeys) {
            if let value = metadata[key] { fields.append((key, value)) }
        }
        self.fields = fields
    }

    /// The line as one JSON object, at most 16 KiB.
    var json: [UInt8] {
        var budget = Self.maximumLineBytes
        return JSONWriter.document { json in
            for (key, value) in fields {
                json.key(key)
                Self.write(value, budget: &budget, into: &json)
            }
        } + [UInt8(ascii: "\n")]
    }

    private static func write(_ value: Logger.Metadata.Value, budget: inout Int, into json: inout JSONWriter) {
        switch value {
        case .stringConvertible(let number as Int): json.value(number)
        case .stringConvertible(let number as Double): json.value(number)
        case .stringConvertible(let flag as Bool): json.value(flag)
        default:
            var text = "\(value)".cut(toBytes: maximumValueBytes)
            while escapedSize(text) > max(minimumValueBytes, min(maximumValueBytes, budget)) {
                text = text.cut(toBytes: text.utf8.count / 2)
            }
            budget -= escapedSize(text)
            json.value(text)
        }
    }

    private static func escapedSize(_ text: String) -> Int {
        var json = JSONWriter()
        json.value(text)
        return json.bytes.count
    }

    /// The line for people at a terminal: time, level, message, then `key=value`.
    var text: [UInt8] {
        let shown = fields.dropFirst(3).filter { !Self.identityKeys.contains($0.key) }
        let pairs = shown.map { " \($0.key)=\("\($0.value)".cut(toBytes: Self.maximumValueBytes).escapedControls)" }
        let head = fields.prefix(3).map { "\($0.value)".escapedControls }
        let padded = head[1] + String(repeating: " ", count: max(0, 8 - head[1].count))
        return Array("\(head[0]) \(padded) \(head[2])\(pairs.joined())\n".utf8)
    }
}

extension String {
    /// Control characters and line separators as escapes, so that a line stays a line.
    fileprivate var escapedControls: String {
        unicodeScalars.map { scalar in
            let isControl =
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
            return isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }
}
