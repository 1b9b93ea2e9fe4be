import HTTPTypes
import HealthCore

/// One row of the table of endpoints: everything that is known about a path.
///
/// Routing, the counter's label `handler`, what a program can mount and the reference page come from it.
struct Endpoint: Sendable {
    /// Who may use an endpoint.
    enum Access: Sendable {
        /// Everybody.
        case open
        /// Everybody; messages, targets, details and measurements only those whom `web.details` names.
        case details
        /// Those whom `web.lifecycle` names, and no page of another site.
        case lifecycle
        /// Loopback peers, or whoever has the check's token.
        case token
    }

    /// What answers a request.
    enum Handler: Sendable {
        /// A probe: from the verdict and the progress counters alone, on either listener.
        case probe(ProbeResponder.Probe)
        /// A read: on the event loop and without a task, at once or with a page of the renderer.
        case read(@Sendable (EndpointServices, EndpointRequest) -> Answer)
        /// Something that has a body or changes something: in a task.
        case action(@Sendable (EndpointServices, EndpointRequest) async throws -> HTTPReply)
    }

    /// The answer to a read.
    enum Answer: Sendable {
        case reply(HTTPReply)
        /// To be rendered first.
        case page(PageRequest)
        /// Events as they happen, until the answer ends.
        case stream(LiveSubscription)
    }

    /// The path, with its parameters in braces.
    let path: String
    /// The value of the label `handler`: the path, or that of the page that it belongs to.
    let handlerLabel: String
    /// Other names of the path, counted under `path`.
    let aliases: [String]
    /// What a program mounts it with.
    let group: EndpointGroups
    /// Any other method is answered 405.
    let methods: [HTTPRequest.Method]
    /// Who may use it.
    let access: Access
    /// What it answers, for the reference page.
    let summary: String
    /// What answers it.
    let handler: Handler

    /// A row of the table; GET and HEAD are the methods of what only reads.
    init(
        _ path: String,
        countedAs: String? = nil,
        aliases: [String] = [],
        group: EndpointGroups,
        methods: [HTTPRequest.Method] = [.get, .head],
        access: Access = .open,
        summary: String,
        handler: Handler
    ) {
        self.path = path
        handlerLabel = countedAs ?? path
        self.aliases = aliases
        self.group = group
        self.methods = methods
        self.access = access
        self.summary = summary
        self.handler = handler
    }

    /// The methods as the header `Allow` lists them.
    var allowedMethods: String { methods.map(\.rawValue).joined(separator: ", ") }
}

/// A request, as the handler of its endpoint gets it.
struct EndpointRequest: Sendable {
    /// Method, path and header fields.
    let head: HTTPRequest
    /// The path and the query.
    let target: RequestTarget
    /// Who sent it.
    let requester: Requester
    /// What stands in the place of the path's parameters; empty for a path that has none.
    var parameter: Substring = ""
    /// Receives the body; for actions only.
    var body: @Sendable () async throws -> [UInt8] = { [] }

    /// A request without parameter and body.
    init(_ head: HTTPRequest, from requester: Requester) {
        self.head = head
        self.requester = requester
        target = RequestTarget(head.path ?? "/")
    }

    /// Whether a method is GET or HEAD.
    static func isRead(_ method: HTTPRequest.Method) -> Bool { method == .get || method == .head }
}
