import HTTPTypes
import NIOCore

/// An answer of either listener: status, headers and the whole body, written at once.
struct HTTPReply: Sendable {
    /// The status code.
    var status: Int
    /// The value of `Content-Type`; not sent where there is no content.
    var contentType: String
    /// The body in parts; readers share them, and pages those that did not change.
    var content: [ByteBuffer]
    /// Headers besides those that every answer has.
    var headers: [(name: String, value: String)] = []
    /// Which rendering it is from; 0 when it was not rendered.
    var page: UInt64 = 0

    /// An answer with a body.
    init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        content = [ByteBuffer(bytes: body)]
    }

    /// An answer with a body in parts.
    init(status: Int, contentType: String, content: [ByteBuffer]) {
        self.status = status
        self.contentType = contentType
        self.content = content
    }

    /// The bytes of the body.
    var body: [UInt8] {
        get { content.flatMap(\.readableBytesView) }
        set { content = [ByteBuffer(bytes: newValue)] }
    }

    /// How many bytes the body has.
    var contentLength: Int { content.reduce(0) { $0 + $1.readableBytes } }

    /// An answer in JSON.
    static func json(_ status: Int, _ body: [UInt8]) -> HTTPReply {
        HTTPReply(status: status, contentType: "application/json", body: body)
    }

    /// Success without content.
    static let noContent = HTTPReply(status: 204, contentType: "", body: [])

    /// An answer in plain text.
    static func text(_ status: Int, _ body: [UInt8]) -> HTTPReply {
        HTTPReply(status: status, contentType: "text/plain; charset=utf-8", body: body)
    }

    /// The same compressed; as it is where zlib has no memory.
    func compressed() -> HTTPReply {
        guard let coder = GzipCoder() else { return self }
        var reply = self
        reply.content = GzipCoder.page([coder.part(body)])
        reply.headers.append(("Content-Encoding", "gzip"))
        return reply
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

    /// A stream of events without any, for HEAD.
    static let eventStream = HTTPReply(status: 200, contentType: "text/event-stream", body: [])

    /// Too many read large pages already.
    static let busy: HTTPReply = {
        var reply = error(503, "too many readers", hint: "pages are being read slowly by others; try again in a second")
        reply.headers = [("Retry-After", "1")]
        return reply
    }()

    /// `allHeaders` in the type that the main listener's channels use.
    var fields: HTTPFields {
        var fields = HTTPFields()
        for (name, value) in allHeaders {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }

    /// 405, with the methods that are allowed.
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
            ? [] : [("Content-Type", contentType), ("Content-Length", String(contentLength))]
        return content + [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")] + headers
    }
}
