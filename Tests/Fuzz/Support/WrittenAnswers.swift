/// The answers that a listener wrote, read strictly (RFC 9112).
struct WrittenAnswers {
    /// One of them.
    struct Answer {
        /// Three digits.
        let status: Int
        /// In lower case.
        let headers: [String: String]
        /// Empty after HEAD.
        let body: [UInt8]
    }

    /// Every name that our listeners use.
    private static let names: Set<String> = [
        "content-type", "content-length", "cache-control", "x-content-type-options", "connection", "allow", "date",
        "vary", "content-encoding", "content-security-policy", "retry-after", "referrer-policy", "x-frame-options",
        "location", "server", "transfer-encoding", "etag", "www-authenticate", "cross-origin-resource-policy",
    ]

    /// In the order in which they were written.
    private(set) var all: [Answer] = []

    /// Reads all of them; a broken rule when there is anything else.
    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            require(all.last?.headers["connection"] != "close", "more after the last answer: \(rest.prefix(80))")
            all.append(Self.next(&rest))
        }
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> Answer {
        let status = line(&rest)
        let words = status.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "HTTP/1.1", words[1].utf8.count == 3, let code = Int(words[1]) else {
            fail("\(status) is no status line")
        }
        var headers: [String: String] = [:]
        while true {
            let line = line(&rest)
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { fail("\(line) is no header") }
            let name = line[..<colon].lowercased()
            require(names.contains(name), "\(line) is no header of ours")
            require(headers[name] == nil, "\(name) comes twice")
            headers[name] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) }
        require(length != nil || code == 204, "\(status) has no length: \(headers)")
        // After HEAD the next answer, or nothing, follows.
        let hasBody = rest.count >= length ?? 0 && !(length != 0 && rest.starts(with: Array("HTTP/1.1 ".utf8)))
        let body = hasBody ? Array(rest.prefix(length ?? 0)) : []
        rest = rest.dropFirst(body.count)
        return Answer(status: code, headers: headers, body: body)
    }

    /// Up to the next CR and LF, without them.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> String {
        guard let end = rest.firstIndex(of: 10), end > rest.startIndex, rest[end - 1] == 13 else {
            fail("\(String(decoding: rest.prefix(80), as: UTF8.self)) has no line")
        }
        defer { rest = rest[(end + 1)...] }
        let text = String(decoding: rest[..<(end - 1)], as: UTF8.self)
        require(!text.unicodeScalars.contains { $0.value < 0x20 }, "\(text) has control characters")
        return text
    }
}
