import CLibPQ
import HealthCore

@testable import HealthChecks
@testable import HealthExporter

/// Single values of a configuration: what is read is written as something that reads as the same.
enum FuzzSettings {
    /// The first byte chooses the type; the rest is the text.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let choice = input.number(below: 15)
        let text = input.remaining().text
        switch choice {
        case 0: roundTrip(text, SettingText.duration) { SettingText.text(of: $0) }
        case 1: readRatio(text)
        case 2: roundTrip(text, SettingText.bytes) { SettingText.text(ofBytes: $0) }
        case 3: readStatusRange(text)
        case 4: if SettingText.isName(text) { require((1...63).contains(text.utf8.count), "\(text) is a name") }
        case 5: replacePlaceholders(text)
        case 6: try readPattern(text)
        case 7: if let sent = DialogueStep.bytes(text) { require(sent.count <= text.utf8.count, "\(sent) of \(text)") }
        case 8: readURL(text)
        case 9: if let target = try? RedisTarget(text) { inspect(host: target.host, port: target.port, target) }
        case 10: if let target = try? PostgresTarget(text) { inspect(host: target.host, port: target.port, target) }
        case 11: if let name = DNSName(text) { require(name.wire.count <= 255, "\(text) is a name") }
        case 12: readDrill(text)
        case 13: readConnectionString(text)
        default: require(!text.cutForDisplay.hasControlCharacters, "\(text.cutForDisplay) breaks its line")
        }
    }

    private static func roundTrip<Value: Equatable>(
        _ text: String,
        _ read: (String) -> Value?,
        _ write: (Value) -> String
    ) {
        guard let value = read(text) else { return }
        require(read(write(value)) == value, "\(text) is written as \(write(value)), which is something else")
    }

    /// Written with six digits, which is near enough for people.
    private static func readRatio(_ text: String) {
        guard let ratio = SettingText.ratio(text) else { return }
        require((0...1).contains(ratio), "\(text) is \(ratio)")
        let written = SettingText.text(ofRatio: ratio)
        guard let again = SettingText.ratio(written) else { fail("\(text) is written as \(written)") }
        require(abs(again - ratio) <= 1e-6, "\(text) is written as \(written)")
    }

    private static func readStatusRange(_ text: String) {
        guard let range = SettingText.statusRange(text) else { return }
        require((100...599).contains(range.lowerBound) && (100...599).contains(range.upperBound), "\(text)")
    }

    private static func replacePlaceholders(_ text: String) {
        let problems = SettingProblems()
        let placeholders = Placeholders(problems: problems) { name in
            name == "X" ? "${env:X}" : name.isEmpty ? nil : name
        } file: { (path: String) throws(GuardedFile.Problem) -> [UInt8] in
            if path == "missing" { throw .notRegular }
            return Array(path.utf8)
        }
        let node = SettingNode.scalar(SettingScalar(text), SettingPosition(line: 1, column: 1))
        guard case .scalar(let replaced, _) = placeholders.replace(in: node) else { fail("\(text) is no text") }
        require(replaced.isUnresolved == !problems.isEmpty, "\(text): \(problems.all)")
        if !text.contains("$") { require(replaced.text == text, "\(text) became \(replaced.text)") }
    }

    private static func readPattern(_ text: String) throws {
        do throws(Pattern.Problem) {
            let pattern = try Pattern(text)
            for subject in ["", "a", text, String(repeating: "ab", count: 50)] {
                _ = try? pattern.isFound(in: Array(subject.utf8))
            }
        } catch {
            require(!error.message.isEmpty, "no pattern, and nobody says why")
        }
    }

    private static func readURL(_ text: String) {
        guard let target = try? HTTPTarget(text) else { return }
        inspect(host: target.host, port: target.port, target)
        require(target.pathAndQuery.hasPrefix("/"), "\(target.pathAndQuery) is no path")
        require(target.pathAndQuery.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "\(target.pathAndQuery) in a head")
        require(target.authority.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }, "\(target.authority) in a head")
        let scheme = target.isEncrypted ? "https" : "http"
        let again = try? HTTPTarget("\(scheme)://\(target.authority)\(target.pathAndQuery)")
        require(again == target, "\(text) is \(target), and again \(String(describing: again))")
    }

    private static func inspect(host: String, port: Int, _ shown: some CustomStringConvertible) {
        require(!host.isEmpty && (1...65_535).contains(port), "\(host) and \(port)")
        require(!"\(shown)".hasControlCharacters, "\(shown) breaks its line")
    }

    private static func readDrill(_ text: String) {
        guard let drill = try? DrillRequest(body: Array(text.utf8)) else { return }
        require(drill.length > .zero && drill.length <= DrillRequest.longest, "\(text) lasts \(drill.length)")
        require(!drill.reason.hasControlCharacters && drill.by.count <= 256, "\(drill)")
    }

    /// As libpq reads it, the value is the one that was given (libpq-connect, "Keyword/Value Connection Strings").
    private static func readConnectionString(_ text: String) {
        // A NUL ends the string; settings have none.
        guard !text.contains("\0") else { return }
        let string = PostgresConnectionString.text(of: [("password", text), ("host", "h")])
        guard let options = unsafe PQconninfoParse(string, nil) else { fail("libpq can't read \(string)") }
        defer { unsafe PQconninfoFree(options) }
        var (next, values) = (unsafe options, [String: String]())
        while let name = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val { unsafe values[String(cString: name)] = String(cString: value) }
            unsafe next = unsafe next.successor()
        }
        require(values == ["password": text, "host": "h"], "\(text) is \(values) to libpq")
    }
}
