extension SettingsReader {
    /// An absolute `http` or `https` URL without credentials.
    func httpTarget(_ key: String) -> HTTPTarget? {
        guard let text = value(key, "a URL such as http://host:8080/path", { $0 }) else { return nil }
        do throws(HTTPTarget.Problem) {
            return try HTTPTarget(text)
        } catch {
            switch error {
            case .hasCredentials:
                // The text is not quoted: it holds a password.
                problem(key, "a user or password does not belong in a URL; send it in `headers`")
            case .notAURL:
                let text = node(key)?.shown ?? ""
                // What stands before an @ may be a password, however odd the rest is.
                let found = text.contains("@") ? "another text, with an @" : "`\(text)`"
                problem(
                    key,
                    "expected an absolute URL with http or https, such as http://host:8080/path, found \(found)"
                )
            }
        }
        return nil
    }

    /// A token of RFC 9110 §5.6.2, in capitals.
    func httpMethod(_ key: String) -> String? {
        value(key, "a request method such as GET, HEAD or POST") { text in
            !text.isEmpty && text.utf8.count <= 16 && text.utf8.allSatisfy({ (65...90).contains($0) || $0 == 45 })
                ? text : nil
        }
    }

    /// Header names are tokens, values hold no control characters (RFC 9110 §5).
    func httpHeaders(_ key: String) -> [(name: String, value: String)] {
        let headers = dictionary(key, "a header's value")
        for (name, value) in headers {
            if !Self.isToken(name) {
                problem(key, "`\(name.cutForDisplay)` is no header name")
            } else if ["host", "content-length", "transfer-encoding", "connection"].contains(name.lowercased()),
                name.lowercased() != "host"
            {
                problem(key, "`\(name)` is set by the exporter itself")
            } else if value.hasControlCharacters || value.utf8.count > 8192 {
                problem(key, "the value of `\(name)` must be at most 8192 bytes without control characters")
            }
        }
        return headers
    }

    /// A name of RFC 9110 §5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// `200`, `[200-299]`, or a list of such.
    func statusRanges(_ key: String) -> [ClosedRange<Int>]? {
        let ranges = oneOrMore(
            key,
            "a status code or range from 100 to 599, such as 200 or 200-299",
            SettingText.statusRange
        )
        if let ranges, ranges.isEmpty { problem(key, "expected at least one status code") }
        return ranges
    }

    /// An RE2 pattern.
    func pattern(_ key: String) -> Pattern? {
        node(key).flatMap { pattern($0, key) }
    }

    /// An RE2 pattern at a node that belongs to a key.
    func pattern(_ node: SettingNode, _ key: String) -> Pattern? {
        guard let text = scalar(node, key, "an RE2 pattern", { $0 }) else { return nil }
        do throws(Pattern.Problem) {
            return try Pattern(text)
        } catch {
            let place = error.offset.map { ", at character \($0 + 1)" } ?? ""
            problem(key, "expected an RE2 pattern: \(error.message)\(place)")
            return nil
        }
    }

    /// A size within bounds.
    func bytes(_ key: String, in range: ClosedRange<Int>) -> Int? {
        value(key, "a size from \(range.lowerBound) to \(range.upperBound) bytes, such as 64KiB") { text in
            SettingText.bytes(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `host:port`.
    func connectorTarget(_ key: String) -> Connector.Target? {
        let version: IPVersion = choice("ip") ?? .auto
        return value(key, "host:port, such as db:5432 or [::1]:5432") { text in
            SettingText.address(text).flatMap {
                $0.port == 0 ? nil : Connector.Target(host: $0.host, port: $0.port, version: version)
            }
        }
    }
}
