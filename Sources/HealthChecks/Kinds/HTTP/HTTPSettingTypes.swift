/// Types of values that only the `http` kind has.
extension SettingType where Value == HTTPTarget {
    /// An absolute `http` or `https` URL without credentials.
    static var httpTarget: SettingType { httpTarget(credentials: "send it in `headers`") }

    /// The same, where credentials have another place.
    ///
    /// - Parameter remedy: what an error says of a user or password in the URL.
    static func httpTarget(credentials remedy: String) -> SettingType {
        let expected = "a URL such as http://host:8080/path"
        return SettingType(.url(["http", "https"]), expected: expected) { place in
            guard let text = place.scalar(expected, { $0 }) else { return nil }
            do throws(HTTPTarget.Problem) {
                return try HTTPTarget(text)
            } catch {
                place.problem(problem(error, shown: place.node.shown, remedy: remedy))
                return nil
            }
        }
    }

    private static func problem(_ problem: HTTPTarget.Problem, shown: String, remedy: String) -> String {
        switch problem {
        // The text is not quoted: it holds a password.
        case .hasCredentials: return "a user or password does not belong in a URL; \(remedy)"
        case .notAURL:
            // What stands before an @ may be a password, however odd the rest is.
            let found = shown.contains("@") ? "another text, with an @" : "`\(shown)`"
            return "expected an absolute URL with http or https, such as http://host:8080/path, found \(found)"
        }
    }
}

extension SettingType where Value == String {
    /// A token of RFC 9110 §5.6.2, in capitals.
    static var httpMethod: SettingType {
        SettingType(
            .text(maximum: 16),
            expected: "a request method such as GET, HEAD or POST",
            text: { $0 },
            parse: { text in
                !text.isEmpty && text.utf8.count <= 16 && text.utf8.allSatisfy({ (65...90).contains($0) || $0 == 45 })
                    ? text : nil
            }
        )
    }

    /// The body of a request.
    static var httpBody: SettingType {
        SettingType(.freeText(maximum: 65_536), expected: "text of at most 64 KiB") { text in
            text.utf8.count <= 65_536 ? text : nil
        }
    }

    /// A user-id of RFC 7617 §2.
    static var basicUser: SettingType {
        SettingType(.text(maximum: 256), expected: "a user without colon and control characters") { text in
            text.contains(":") || text.hasControlCharacters || text.isEmpty ? nil : text
        }
    }

    fileprivate static var headerValue: SettingType {
        SettingType(.text(maximum: 8192), expected: "a header's value", parse: { $0 })
    }
}

extension SettingType where Value == [SettingEntry<String>] {
    /// Headers to send: names are tokens, values hold no control characters (RFC 9110 §5).
    static var httpHeaders: SettingType {
        let type = SettingType.dictionary(.headerValue)
        return SettingType(type.shape) { place in
            let headers = type.read(place, nil)
            for header in headers ?? [] {
                if let problem = problem(name: header.name, value: header.value) { place.problem(problem) }
            }
            return headers
        }
    }

    /// Headers that the client sets by itself.
    private static var ownHeaders: [String] { ["content-length", "transfer-encoding", "connection"] }

    private static func problem(name: String, value: String) -> String? {
        if !name.isHTTPToken { return "`\(name.cutForDisplay)` is no header name" }
        if ownHeaders.contains(name.lowercased()) { return "`\(name)` is set by the exporter itself" }
        if value.hasControlCharacters || value.utf8.count > 8192 {
            return "the value of `\(name)` must be at most 8192 bytes without control characters"
        }
        return nil
    }
}

extension SettingType where Value == [SettingEntry<Pattern>] {
    /// Patterns by the names of headers.
    static var headerPatterns: SettingType {
        let pattern = SettingType<Pattern>.pattern
        return SettingType(.dictionary(pattern.shape)) { place in
            place.entries.compactMap { entry in
                guard entry.key.isHTTPToken else {
                    place.problem("`\(entry.key.cutForDisplay)` is no header name")
                    return nil
                }
                return pattern.read(place.with(entry.value), nil).map { SettingEntry(entry.key, $0) }
            }
        }
    }
}

extension SettingType where Value == [ClosedRange<Int>] {
    /// `200`, `[200-299]`, or a list of such.
    static var statusRanges: SettingType {
        let range = SettingType<ClosedRange<Int>>(
            .statusRange,
            expected: "a status code or range from 100 to 599, such as 200 or 200-299",
            text: { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" },
            parse: { SettingText.statusRange($0) }
        )
        let list = SettingType.oneOrMore(range)
        return SettingType(list.shape, expected: list.expected, text: list.text) { place in
            let ranges = list.read(place, nil)
            if ranges?.isEmpty == true { place.problem("expected at least one status code") }
            return ranges
        }
    }
}

extension SettingPlace {
    /// The entries of a map with free keys; none after a problem was added.
    var entries: [SettingNode.Entry] {
        if case .map(let entries, _) = node { return entries }
        if !node.isNull { problem("expected a map, found \(node.typeName)") }
        return []
    }
}

extension String {
    /// Whether it is a token of RFC 9110 §5.6.2, such as the name of a header.
    var isHTTPToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
