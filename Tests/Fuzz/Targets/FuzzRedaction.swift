import HealthCore
import HealthTesting

@testable import HealthChecks

/// Secrets in whatever targets say: none is left, wherever it stands and however the text is cut.
enum FuzzRedaction {
    /// A secret behind its length, then a text in which each byte 0xFF stands for the secret.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let secret = input.text()
        let said = input.remaining().flatMap { $0 == 0xff ? Array(secret.utf8) : [$0] }
        guard secret.utf8.count >= Redaction.shortest, !Redaction.replacement.contains(secret) else { return }
        // What stands for bytes that are no text is in no secret.
        guard !secret.unicodeScalars.contains("\u{fffd}") else { return }
        let redaction = Redaction([secret])
        let clean = redaction(said)
        inspect(clean, secret, "whole")
        require(redaction(clean) == clean, "redacted twice it is another text")
        let seen = SeenText(redaction: redaction)
        inspect(Array(seen.cut(said.text).utf8), secret, "cut")
        inspect(Array(seen.quoted(said).utf8), secret, "quoted")
        for limit in [64, 256] {
            let short = redaction(said.text, bytes: limit)
            require(short.utf8.count <= limit, "\(short.utf8.count) bytes of at most \(limit)")
            inspect(Array(short.utf8), secret, "short")
        }
        search(said, Array(secret.utf8))
    }

    private static func inspect(_ clean: [UInt8], _ secret: String, _ how: String) {
        // What stands in its place may form it anew with what is around: then nothing of it is told.
        let rest = remove(Array("<secret>".utf8), from: clean)
        require(!rest.contains { contains($0, Array(secret.utf8)) }, "\(how), \(clean.text) tells \(secret)")
    }

    private static func remove(_ mark: [UInt8], from bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var (parts, start, index) = ([ArraySlice<UInt8>](), 0, 0)
        while index + mark.count <= bytes.count {
            if bytes[index] == mark[0], Array(bytes[index..<(index + mark.count)]) == mark {
                parts.append(bytes[start..<index])
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [bytes[start...]]
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (bytes.startIndex...(bytes.endIndex - part.count)).contains { start in
            bytes[start] == part[0] && bytes[start..<(start + part.count)].elementsEqual(part)
        }
    }

    /// The search finds what a plain one finds.
    private static func search(_ bytes: [UInt8], _ secret: [UInt8]) {
        let findings = SecretFinder([secret]).search(bytes, shortest: Redaction.shortest) { _ in false }
        var covered = [Bool](repeating: false, count: bytes.count)
        for span in findings.spans { for index in span { covered[index] = true } }
        var expected = [Bool](repeating: false, count: bytes.count)
        if bytes.count >= secret.count {
            for start in 0...(bytes.count - secret.count)
            where bytes[start..<(start + secret.count)].elementsEqual(secret) {
                for index in start..<(start + secret.count) { expected[index] = true }
            }
        }
        require(covered == expected, "\(findings.spans) of \(bytes.text)")
        require(findings.steps <= 2 * bytes.count + 2, "\(findings.steps) steps for \(bytes.count) bytes")
    }
}
