import Foundation
import Testing

/// A whole output that is checked in: a change of it is a change of what people and tools rest on.
///
/// `UPDATE_GOLDEN=1 swift test --filter Golden` writes all of them anew.
enum GoldenFile {
    /// Whether an output is, byte for byte, the one that is checked in as `Golden/name`.
    static func check(_ name: String, _ actual: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try Data(actual.utf8).write(to: file) }
        let expected = String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
        guard actual != expected else { return }
        let (new, old) = (lines(actual), lines(expected))
        let difference = zip(new + [""], old + [""]).first { $0 != $1 }
        Issue.record(
            """
            Golden/\(name) differs (\(old.count) lines, now \(new.count)); the first that does:
            - \(difference?.1 ?? "")
            + \(difference?.0 ?? "")
            When it is meant so: UPDATE_GOLDEN=1 swift test --filter Golden
            """,
            sourceLocation: sourceLocation
        )
    }

    /// The same for JSON without whitespace, laid out in lines so that a change shows where it is.
    static func check(json: [UInt8], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try check(name, laidOut(json), sourceLocation: sourceLocation)
    }

    private static func lines(_ text: String) -> [String] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Every member and element on a line of its own; taking the line feeds and indentation away gives the bytes back.
    static func laidOut(_ json: [UInt8]) -> String {
        var (bytes, depth, isText, isEscaped): ([UInt8], Int, Bool, Bool) = ([], 0, false, false)
        func lineFeed() { bytes += "\n".utf8 + Array(repeating: UInt8(ascii: " "), count: 2 * depth) }
        for byte in json {
            if isText {
                bytes.append(byte)
                if byte == UInt8(ascii: "\""), !isEscaped { isText = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                bytes.append(byte)
                depth += 1
                lineFeed()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                lineFeed()
                bytes.append(byte)
            case UInt8(ascii: ","):
                bytes.append(byte)
                lineFeed()
            default:
                bytes.append(byte)
                isText = byte == UInt8(ascii: "\"")
            }
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }
}
