/// The table of words of the architecture: the field's term, one for each concept.
enum HouseWords {
    /// A place where a word of the table is the right one.
    private struct Exception {
        /// What the path contains.
        var path: String
        var words: Set<String>
        var reason: String
    }

    private static let exceptions = [
        Exception(path: "Heartbeat", words: ["beat", "beats", "beaten"], reason: "a worker beats"),
        Exception(path: "Alarm.swift", words: ["take"], reason: "`Optional.take()` of the standard library"),
    ]

    /// Words that no identifier holds, each with what stands for it.
    private static let inIdentifiers: [String: String] = [
        "watermark": "progress counter", "beat": "progress", "beats": "progress", "beaten": "progress",
        "outcome": "result", "outcomes": "result", "note": "record", "notes": "record", "noted": "recorded",
        "take": "append, read, remove", "takes": "append, read, remove", "look": "inspect", "looks": "inspect",
        "looked": "inspected", "judge": "evaluate", "judges": "evaluates", "judged": "evaluated",
        "judgement": "evaluation", "settle": "update", "settles": "updates", "settled": "updated",
        "ask": "query, request", "asks": "queries, requests", "asked": "queried, requested", "standing": "state",
        "meaning": "fingerprint", "farewell": "last lines", "awaited": "pending",
    ]

    /// Phrases that no comment and no text holds, each with what stands for it; `*` is one word or none.
    private static let inProse: [(phrase: [String], instead: String)] = [
        ("watermark", "progress counter"), ("watermarks", "progress counters"), ("outcome", "result"),
        ("outcomes", "results"), ("farewell", "last lines"), ("last words", "last lines"), ("judge", "evaluate"),
        ("judges", "evaluates"), ("judged", "evaluated"), ("judging", "evaluating"), ("judgement", "evaluation"),
        ("settle", "update"), ("settles", "updates"), ("settled", "updated"), ("awaited", "pending"),
        ("held * back", "suppressed"), ("hold * back", "suppress"), ("holds * back", "suppresses"),
        ("held * up", "blocked"), ("hold * up", "block"), ("holds * up", "blocks"), ("way out", "egress, network"),
        ("ways out", "egress, network"), ("own trouble", "internal error"), ("our trouble", "internal error"),
        ("trouble of our own", "internal error"), ("trouble of its own", "internal error"), ("sort of", "type, kind"),
        ("sorts of", "types, kinds"),
    ].map { ($0.0.split(separator: " ").map(String.init), $0.1) }

    private static let firstWords = Set(inProse.compactMap(\.phrase.first))

    /// What is wrong in identifiers of a line.
    static func wrong(inCode line: Substring, of path: String) -> [String] {
        words(of: line, splittingIdentifiers: true).compactMap { word in
            guard let instead = inIdentifiers[word],
                !exceptions.contains(where: { path.contains($0.path) && $0.words.contains(word) })
            else { return nil }
            return "\(word), rather \(instead)"
        }
    }

    /// What is wrong in comments and texts of a line.
    static func wrong(inProse line: Substring) -> [String] {
        let words = words(of: line, splittingIdentifiers: false)
        return words.indices.filter { firstWords.contains(words[$0]) }.flatMap { start in
            inProse.filter { begins(words[start...], with: $0.phrase[...]) }.map {
                "\($0.phrase.joined(separator: " ")), rather \($0.instead)"
            }
        }
    }

    private static func begins(_ words: ArraySlice<String>, with phrase: ArraySlice<String>) -> Bool {
        guard let first = phrase.first else { return true }
        if first == "*" {
            return begins(words, with: phrase.dropFirst()) || begins(words.dropFirst(), with: phrase.dropFirst())
        }
        return words.first == first && begins(words.dropFirst(), with: phrase.dropFirst())
    }

    /// Words in lower case; an identifier is split where its case changes, so that `isAwaitedHere` has three.
    private static func words(of line: Substring, splittingIdentifiers: Bool) -> [String] {
        var (result, current, wasLower) = ([String](), [UInt8](), false)
        func finish() {
            if !current.isEmpty { result.append(String(decoding: current, as: UTF8.self)) }
            current = []
        }
        for byte in line.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                current.append(byte)
                wasLower = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                if wasLower, splittingIdentifiers { finish() }
                current.append(byte + 32)
                wasLower = false
            default:
                finish()
                wasLower = false
            }
        }
        finish()
        return result
    }
}
