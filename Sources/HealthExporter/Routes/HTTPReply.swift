/// An answer of either listener: status, headers and the whole body, written at once.
struct HTTPReply: Sendable {
    var status: Int
    var contentType: String
    var body: [UInt8]
    /// Headers besides those that every answer has.
    var headers: [(name: String, value: String)] = []

    static func json(_ status: Int, _ body: [UInt8]) -> HTTPReply {
        HTTPReply(status: status, contentType: "application/json", body: body)
    }

    /// Done, and nothing to say.
    static let noContent = HTTPReply(status: 204, contentType: "", body: [])

    static func text(_ status: Int, _ body: [UInt8]) -> HTTPReply {
        HTTPReply(status: status, contentType: "text/plain; charset=utf-8", body: body)
    }

    /// What went wrong, and what would be right.
    static func error(_ status: Int, _ error: String, hint: String) -> HTTPReply {
        .json(
            status,
            JSONWriter.document { json in
                json.field("error", error)
                json.field("hint", hint)
            }
        )
    }

    static func methodNotAllowed(_ allowed: String) -> HTTPReply {
        var reply = error(405, "method not allowed", hint: "use \(allowed)")
        reply.headers = [("Allow", allowed)]
        return reply
    }

    /// The headers of every answer, then its own.
    var allHeaders: [(name: String, value: String)] {
        // RFC 9110 §8.6 and §15.4.5: a 204 and a 304 have no content.
        let content =
            status == 204 || status == 304
            ? [] : [("Content-Type", contentType), ("Content-Length", String(body.count))]
        return content + [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")] + headers
    }
}

/// A request target taken apart: the path, and whether a query parameter is there.
struct RequestTarget: Sendable {
    let path: Substring
    private let query: Substring

    init(_ uri: some StringProtocol) {
        let uri = Substring(uri)
        let end = uri.firstIndex(of: "?") ?? uri.endIndex
        path = uri[..<end]
        query = uri[end...].dropFirst()
    }

    /// Whether a parameter is given, with or without a value.
    func has(_ parameter: String) -> Bool {
        query.split(separator: "&").contains { $0 == parameter || $0.hasPrefix("\(parameter)=") }
    }
}
