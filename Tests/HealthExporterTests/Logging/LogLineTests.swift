import Foundation
import HealthCore
import HealthTesting
import Logging
import Platform
import Testing

@testable import HealthExporter

/// Lines as a collector gets them.
struct LogLineTests {
    private static func line(
        _ format: LogSettings.Format = .json,
        level: Logger.Level = .info,
        _ message: Logger.Message = "Hello.",
        _ metadata: Logger.Metadata = [:]
    ) -> String {
        let formatter = LogFormatter(
            identity: HealthSample.identity,
            wallClock: ManualWallClock(following: ManualClock()),
            format: format
        )
        return String(decoding: formatter.line(level: level, message: message, metadata: metadata), as: UTF8.self)
    }

    private static let start =
        #"{"timestamp":"2026-01-01T00:00:00.000Z","level":"info","message":"Hello.","#
    private static let identity =
        #""service":"orders","environment":"prod","version":"1.4.2","instance":"orders-7d9c""#

    @Test func aLineHasTheTimeTheLevelTheMessageAndTheService() {
        #expect(Self.line() == Self.start + Self.identity + "}\n")
        #expect(Self.line(.json, "Hello.", ["event": "x.y"]) == Self.start + #""event":"x.y","# + Self.identity + "}\n")
    }

    @Test func keysComeInTheOrderOfTheContract() {
        let known = [
            "component", "check", "kind", "status", "previous_status", "result", "reason", "duration_seconds",
            "consecutive_failures", "trace_id", "target", "drill", "error",
        ]
        let metadata = Dictionary(uniqueKeysWithValues: (known + ["zebra", "apple", "event"]).map { ($0, "v") })
        let line = Self.line(.json, "m", metadata.mapValues { .string($0) })
        let keys = line.matches(of: /"([a-z_]+)":/).map { String($0.1) }
        #expect(
            keys == ["timestamp", "level", "message", "event", "service", "environment", "version", "instance"]
                + known + ["apple", "zebra"]
        )
    }

    @Test(
        arguments: [
            (.string("text"), #""text""#), (.string(""), #""""#), (.stringConvertible(3), "3"),
            (.stringConvertible(0.25), "0.25"), (.stringConvertible(2.0), "2"), (.stringConvertible(true), "true"),
            (.stringConvertible(Double.infinity), "null"), (.stringConvertible(UInt8(7)), #""7""#),
            (.array(["a", "b"]), #""[\"a\", \"b\"]""#), (.string("a\"b\\c"), #""a\"b\\c""#),
            (.string("line\nfeed\u{1b}"), #""line\nfeed\u001b""#),
            (.string("\u{2028}\u{2029}\u{85}\u{7f}"), #""\u2028\u2029\u0085\u007f""#),
        ] as [(Logger.Metadata.Value, String)]
    )
    func aValueHasTheTypeThatJSONHasForIt(value: Logger.Metadata.Value, text: String) {
        #expect(
            Self.line(.json, "Hello.", ["error": value]) == Self.start + Self.identity + #","error":\#(text)}"# + "\n"
        )
    }

    @Test(arguments: Logger.Level.allCases)
    func everyLevelIsNamed(level: Logger.Level) {
        #expect(Self.line(level: level).contains(#""level":"\#(level.rawValue)","#))
        let padded = level.rawValue + String(repeating: " ", count: 8 - level.rawValue.count)
        #expect(Self.line(.text, level: level) == "2026-01-01T00:00:00.000Z \(padded) Hello.\n")
    }

    @Test(
        arguments: [
            ([:], ""), (["event": "x"], " event=x"), (["error": "a\nb"], #" error=a\u{a}b"#),
            (["b": "2", "a": "1", "check": "c"], " check=c a=1 b=2"), (["a": .stringConvertible(2.0)], " a=2.0"),
            (["error": "\u{1b}[1m\u{2028}\u{9b}"], #" error=\u{1b}[1m\u{2028}\u{9b}"#),
            (["error": "say \"hi\""], " error=say \"hi\""),
            (["service": "not shown"], ""),
        ] as [(Logger.Metadata, String)]
    )
    func textIsForPeople(metadata: Logger.Metadata, pairs: String) {
        #expect(Self.line(.text, "Hello.", metadata) == "2026-01-01T00:00:00.000Z info     Hello.\(pairs)\n")
    }

    @Test func aMessageStaysOnItsLine() {
        #expect(Self.line(.text, "a\nb\u{7}") == "2026-01-01T00:00:00.000Z info     a\\u{a}b\\u{7}\n")
        #expect(Self.line(.json, "a\nb").contains(#""message":"a\nb""#))
    }

    @Test func sixteenKeysBeyondTheKnownOnesAreWritten() {
        let others = (10..<40).map { "k\($0)" }
        let metadata = Dictionary(uniqueKeysWithValues: others.map { ($0, Logger.Metadata.Value.string("v")) })
        let line = Self.line(.json, "m", metadata)
        #expect(others.filter { line.contains("\"\($0)\"") } == Array(others.prefix(16)))
    }

    @Test(arguments: [LogSettings.Format.json, .text])
    func aLongValueIsCut(format: LogSettings.Format) {
        let line = Self.line(format, "m", ["error": .string(String(repeating: "é", count: 10_000))])
        #expect(line.count < 2500 && line.contains("éé…"))
    }

    @Test func hostileTextStaysOnOneShortLine() throws {
        let hostile =
            String(repeating: "\u{1b}", count: 3000) + "\n{\"level\":\"info\"}\u{1b}[31m\u{2028}\u{7f}"
            + String(repeating: "\"", count: 1_000_000)
        let line = Self.line(.json, "m", ["error": .string(hostile), "other": .string(hostile)])
        #expect(line.utf8.count <= 16 * 1024)
        #expect(line.dropLast().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } && !line.contains("\u{2028}"))
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }

    @Test func everyKeyIsWrittenHoweverMuchThoseBeforeItTook() throws {
        let long = Logger.Metadata.Value.string(String(repeating: "\u{1b}", count: 5000))
        let metadata = Dictionary(uniqueKeysWithValues: (10..<30).map { ("key-\($0)", long) })
        let line = Self.line(.json, "m", metadata.merging(["error": long, "target": long]) { $1 })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(line.utf8.count <= 16 * 1024 && object.count == 7 + 2 + 16)
        #expect(object.values.allSatisfy { ($0 as? String)?.isEmpty == false })
    }
}

/// Loggers of a sink: their levels and their metadata.
struct LogSinkTests {
    private static func sink(_ pipe: LogPipe) -> (LogSink, LogWriter) {
        let writer = LogWriter(descriptor: pipe.descriptor)
        let sink = LogSink(
            writer: writer,
            identity: HealthSample.identity,
            wallClock: ManualWallClock(following: ManualClock()),
            format: .text
        )
        return (sink, writer)
    }

    private static func messages(_ lines: [String]) -> [String] {
        lines.map { String($0.split(separator: " ", maxSplits: 2)[2].drop { $0 == " " }) }
    }

    @Test(arguments: Logger.Level.allCases)
    func whatIsLessImportantThanTheLevelIsLeftOut(level: Logger.Level) {
        let lines = LogPipe.lines(.text, level: level) { logger in
            for level in Logger.Level.allCases { logger.log(level: level, "\(level)") }
        }
        let expected = Logger.Level.allCases.map(\.rawValue).drop { $0 != level.rawValue }
        #expect(Self.messages(lines) == Array(expected))
    }

    @Test func aReloadChangesTheLevelOfLoggersThatAreInUse() {
        let pipe = LogPipe()
        let (sink, writer) = Self.sink(pipe)
        let logger = sink.logger(level: .info)
        logger.debug("1")
        sink.setLevel(.debug)
        logger.debug("2")
        sink.setLevel(.error)
        logger.warning("3")
        logger.error("4")
        #expect(Self.messages(pipe.lines(writer)) == ["2", "4"])
    }

    @Test func aLoggerWithALevelOfItsOwnKeepsIt() {
        let pipe = LogPipe()
        let (sink, writer) = Self.sink(pipe)
        var own = sink.logger(level: .info)
        own.logLevel = .trace
        let other = sink.logger(level: .error)
        own.trace("own")
        other.info("other")
        #expect(own.logLevel == .trace && other.logLevel == .error)
        #expect(Self.messages(pipe.lines(writer)) == ["own"])
    }

    @Test func theMetadataOfALineWinsOverThatOfItsLogger() {
        let lines = LogPipe.lines(.text) { logger in
            var logger = logger
            logger[metadataKey: "a"] = "1"
            logger[metadataKey: "b"] = "1"
            #expect(logger[metadataKey: "a"] == "1")
            logger.info("m", metadata: ["b": "2", "c": "2"])
        }
        #expect(Self.messages(lines) == ["m a=1 b=2 c=2"])
    }

    @Test func linesAreCountedByLevel() {
        let pipe = LogPipe()
        let (sink, writer) = Self.sink(pipe)
        let logger = sink.logger(level: .info)
        for level in Logger.Level.allCases { logger.log(level: level, "m") }
        logger.error("m")
        let counts = writer.figures.byLevel
        #expect(counts.map(\.level) == ["trace", "debug", "info", "notice", "warning", "error", "critical"])
        #expect(counts.map(\.count) == [0, 0, 1, 1, 1, 2, 1])
        #expect(pipe.lines(writer).count == 6)
    }

    @Test func aLineReportsDroppedOnes() throws {
        signal(SIGPIPE, SIG_IGN)
        let fifo = try Fifo()
        let writer = LogWriter(descriptor: fifo.writer)
        let sink = LogSink(
            writer: writer,
            identity: HealthSample.identity,
            wallClock: ManualWallClock(following: ManualClock()),
            format: .json
        )
        let logger = sink.logger(level: .info)
        fifo.closeReader()
        for _ in 0..<3 { logger.info("lost") }
        writer.flush(within: .seconds(5))
        try fifo.openReader()
        logger.info("kept")
        writer.flush(within: .seconds(5))
        let lines = fifo.text().split(separator: "\n")
        #expect(lines.count == 2 && lines.first?.contains(#""message":"kept""#) == true)
        let report =
            #""level":"warning","message":"Log lines were dropped: nobody read them in time.","event":"log.dropped","#
        #expect(lines.last?.contains(report) == true && lines.last?.hasSuffix(#","dropped":3}"#) == true)
        #expect(writer.figures.byLevel.reduce(0) { $0 + $1.count } == 4, "the report is no event itself")
    }
}
