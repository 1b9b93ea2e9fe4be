package import HealthCore
package import Logging
import Synchronization

/// Makes loggers that write the exporter's lines.
package struct LogSink: Sendable {
    private let writer: LogWriter
    private let lines: LogLines
    private let level = SharedLevel()

    package init(
        writer: LogWriter,
        identity: ServiceIdentity,
        wallClock: any WallClock,
        format: ExporterConfiguration.LogFormat
    ) {
        let lines = LogLines(identity: identity, wallClock: wallClock, format: format)
        self.writer = writer
        self.lines = lines
        writer.setDroppedLine { count in
            lines.line(
                level: .warning,
                message: "Log lines were dropped: nobody read them in time.",
                ["event": "log.dropped", "dropped": .stringConvertible(Int(clamping: count))]
            )
        }
    }

    /// A logger of a level.
    package func logger(level: LogLevel) -> Logger {
        setLevel(level)
        let handler = EventLogHandler(sink: self)
        return Logger(label: "health-exporter") { _ in handler }
    }

    /// Changes the level of every logger that has none of its own.
    package func setLevel(_ level: LogLevel) {
        self.level.set(Logger.Level(rawValue: level.rawValue) ?? .info)
    }

    fileprivate var currentLevel: Logger.Level { level.get() }

    fileprivate func write(_ event: LogEvent, _ metadata: Logger.Metadata) {
        let line = lines.line(level: event.level, message: event.message, metadata)
        writer.append(line, level: LogLevel(rawValue: event.level.rawValue) ?? .info)
    }
}

/// The least important level that is written, which a reload may change.
private final class SharedLevel: Sendable {
    private let index = Atomic<Int>(0)

    func set(_ level: Logger.Level) {
        index.store(Logger.Level.allCases.firstIndex(of: level) ?? 0, ordering: .relaxed)
    }

    func get() -> Logger.Level {
        Logger.Level.allCases[index.load(ordering: .relaxed)]
    }
}

/// Makes lines of events.
private struct LogLines: Sendable {
    let identity: ServiceIdentity
    let wallClock: any WallClock
    let format: ExporterConfiguration.LogFormat

    func line(level: Logger.Level, message: Logger.Message, _ metadata: Logger.Metadata) -> [UInt8] {
        let fields = LogFields(level: level, message: message, metadata, identity, wallClock.now)
        return format == .json ? fields.json : fields.text
    }
}

/// The swift-log handler: one line an event, its keys in a fixed order.
private struct EventLogHandler: LogHandler {
    let sink: LogSink
    var metadata: Logger.Metadata = [:]
    private var ownLevel: Logger.Level?

    init(sink: LogSink) {
        self.sink = sink
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? sink.currentLevel }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        sink.write(event, metadata.merging(event.metadata ?? [:]) { $1 })
    }
}

/// The keys of a line in their order, each with its value.
struct LogFields {
    /// Keys of events, in the order of the contract; any other follows by name.
    private static let order = [
        "component", "check", "kind", "status", "previous_status", "result", "reason", "duration_seconds",
        "consecutive_failures", "trace_id", "target", "drill", "error",
    ]

    /// So that a line stays below 16 KiB, whatever an error says.
    private static let maximumValueBytes = 4096
    private static let maximumOtherKeys = 16

    private let fields: [(key: String, value: Logger.Metadata.Value)]

    init(
        level: Logger.Level,
        message: Logger.Message,
        _ metadata: Logger.Metadata,
        _ identity: ServiceIdentity,
        _ now: Timestamp
    ) {
        var fields: [(key: String, value: Logger.Metadata.Value)] = [
            ("timestamp", .string(now.rfc3339)), ("level", .string(level.rawValue)), ("message", .string("\(message)")),
        ]
        if let name = metadata["event"] { fields.append(("event", name)) }
        fields += [
            ("service", .string(identity.name)), ("environment", .string(identity.environment)),
            ("version", .string(identity.version)), ("instance", .string(identity.instance)),
        ]
        for key in Self.order {
            if let value = metadata[key] { fields.append((key, value)) }
        }
        let others = metadata.keys.filter { $0 != "event" && !Self.order.contains($0) }.sorted()
        for key in others.prefix(Self.maximumOtherKeys) {
            if let value = metadata[key] { fields.append((key, value)) }
        }
        self.fields = fields
    }

    var json: [UInt8] {
        var budget = Self.maximumLineBytes
        return JSONWriter.document { json in
            for (key, value) in fields {
                json.key(key)
                Self.write(value, budget: &budget, into: &json)
            }
        } + [UInt8(ascii: "\n")]
    }

    /// What all values of a line may take, escapes included; keys and punctuation fit into the rest of 16 KiB.
    private static let maximumLineBytes = 12 * 1024

    private static func write(_ value: Logger.Metadata.Value, budget: inout Int, into json: inout JSONWriter) {
        switch value {
        case .stringConvertible(let number as Int): json.value(number)
        case .stringConvertible(let number as Double): json.value(number)
        case .stringConvertible(let flag as Bool): json.value(flag)
        default:
            var text = "\(value)".cut(toBytes: maximumValueBytes)
            while escapedSize(text) > max(64, min(maximumValueBytes, budget)) {
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

    /// For people at a terminal: time, level, message, then `key=value`.
    var text: [UInt8] {
        let shown = fields.dropFirst(3).filter { !["service", "environment", "version", "instance"].contains($0.key) }
        let pairs = shown.map { " \($0.key)=\("\($0.value)".cut(toBytes: Self.maximumValueBytes).cutControls)" }
        let head = fields.prefix(3).map { "\($0.value)".cutControls }
        let padded = head[1] + String(repeating: " ", count: max(0, 8 - head[1].count))
        return Array("\(head[0]) \(padded) \(head[2])\(pairs.joined())\n".utf8)
    }
}

extension String {
    /// Control characters as escapes, so that a line stays a line.
    fileprivate var cutControls: String {
        unicodeScalars.map { scalar in
            let isControl =
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
            return isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }
}
