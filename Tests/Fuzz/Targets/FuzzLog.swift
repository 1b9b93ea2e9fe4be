import HealthCore
import HealthTesting
import Logging

@testable import HealthChecks
@testable import HealthExporter

/// Lines of the log: one line each, JSON, and at most 16 KiB, whatever is in them.
enum FuzzLog {
    private static let names = ["event", "component", "error", "target", "message of mine", "\"", "é"]

    /// Values behind their lengths.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let repeats = input.number(below: 4) * 50 + 1
        var metadata: Logger.Metadata = [:]
        for name in names where !input.isEmpty {
            let text = input.text()
            metadata[name] = .string(String(repeating: text, count: repeats))
        }
        if !input.isEmpty { metadata["duration_seconds"] = .stringConvertible(Double(bitPattern: input.word())) }
        metadata["list"] = ["\(input.text())", .dictionary(["k": .string(input.text())])]
        let identity = ServiceIdentity(name: input.text(), environment: "t", version: input.text(), instance: "i")
        for format in [LogSettings.Format.json, .text] {
            let formatter = LogFormatter(
                identity: identity,
                wallClock: ManualWallClock(following: ManualClock()),
                format: format
            )
            let line = formatter.line(level: .error, message: "A message.", metadata: metadata)
            require(line.last == 10 && !line.dropLast().contains(10), "\(line.text) is no line")
            require(!line.dropLast().text.hasControlCharacters, "\(line.text) has control characters")
            guard format == .json else { continue }
            require(line.count <= 16 * 1024, "a line of \(line.count) bytes")
            try inspect(line, metadata, identity)
        }
    }

    private static func inspect(_ line: [UInt8], _ metadata: Logger.Metadata, _ identity: ServiceIdentity) throws {
        guard case .object(let members) = JSONValue(parsing: line) else { fail("\(line.text) is no JSON object") }
        require(members["level"] == .string("error"), "\(line.text)")
        require(members["service"] == .string(identity.name), "\(line.text) has another service")
        for (name, value) in metadata where "\(value)".utf8.count < 64 && name != "duration_seconds" {
            require(members[name] == .string("\(value)"), "\(name) is \(String(describing: members[name]))")
        }
    }
}

extension ArraySlice<UInt8> {
    /// As text, what is no UTF-8 replaced.
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
