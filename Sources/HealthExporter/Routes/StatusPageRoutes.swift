import HTTPTypes
import HealthCore

/// The status page and what belongs to it.
enum StatusPageRoutes {
    /// `GET /`.
    static func page(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(.html(.status(StatusPageQuery(request.target)), reader(services, request)))
    }

    /// `GET /components/{name}`.
    static func component(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        if let refusal = services.components.refusal(of: request.parameter) { return .reply(refusal) }
        let name = String(request.parameter)
        let isFragment = request.target.has("fragment")
        return .page(.html(.component(name, isFragment: isFragment), reader(services, request)))
    }

    /// `GET /incidents`.
    static func incidents(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(.html(.incidents(IncidentQuery(request.target, limit: 100)), reader(services, request)))
    }

    /// `GET /incidents.csv`.
    static func csv(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(.incidents(.csv, IncidentQuery(request.target, limit: 1000)))
    }

    /// `GET /incidents.atom`.
    static func atom(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        // The address stands in every entry.
        let authority = (request.head.authority ?? "").utf8.count <= 255 ? request.head.authority : nil
        let address = "\(request.head.scheme ?? "http")://\(authority ?? "localhost")"
        return .page(.incidents(.atom(address: address), IncidentQuery(request.target, limit: 50)))
    }

    /// `GET /api/v1/incidents`.
    static func json(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(.incidents(.json, IncidentQuery(request.target, limit: 1000)))
    }

    /// `GET /api/v1/components/{name}/history`.
    static func history(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        if let refusal = services.components.refusal(of: request.parameter) { return .reply(refusal) }
        let step = request.target.value(of: "by").map { HistoryStep(rawValue: $0) } ?? .hours
        guard let step else {
            return .reply(.error(400, "there is no such history", hint: "by is runs, hours or days"))
        }
        return .page(.history(String(request.parameter), step))
    }

    /// `GET /badge/{name}.svg`.
    static func badge(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        if let refusal = services.components.refusal(of: request.parameter) { return .reply(refusal) }
        guard let window = request.target.value(of: "window") else {
            return .page(.badge(String(request.parameter), nil))
        }
        guard let known = SuccessHistory.Window(rawValue: window) else {
            return .reply(.error(400, "there is no such window", hint: "window is 24h, 7d, 30d or 90d"))
        }
        return .page(.badge(String(request.parameter), known))
    }

    /// `GET /assets/{file}`.
    static func asset(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .reply(StatusPageAssets.reply(request.parameter, gzip: request.acceptsGzip))
    }

    /// `GET /events`.
    static func events(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        // What a browser sends when it connects again (HTML, §9.2.4) is newer than the address.
        let last = request.head.headerFields.first { $0.name.canonicalName == "last-event-id" }?.value
        return .stream(subscription(request, since: last ?? request.target.value(of: "since") ?? ""))
    }

    /// `GET /updates`.
    static func updates(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(.updates(subscription(request, since: request.target.value(of: "since") ?? "")))
    }

    private static func subscription(_ request: EndpointRequest, since sequence: String) -> LiveSubscription {
        let step = request.target.value(of: "history").flatMap { HistoryStep(rawValue: $0) }
        return LiveSubscription(sequence: String(sequence.prefix(64)), history: step ?? .hours)
    }

    private static func reader(_ services: EndpointServices, _ request: EndpointRequest) -> PageAudience {
        PageAudience(
            showsDetails: services.showsDetails(to: request),
            mayAct: services.access.refusal(of: request) == nil,
            acceptsGzip: request.acceptsGzip
        )
    }
}

/// Who reads a page.
struct PageAudience: Hashable, Sendable {
    /// Whether messages, targets, details and measurements are shown.
    let showsDetails: Bool
    /// Whether reloads, drills and runs are offered.
    let mayAct: Bool
    /// Whether the page may be compressed.
    let acceptsGzip: Bool
}

extension EndpointRequest {
    /// Whether `Accept-Encoding` names gzip.
    var acceptsGzip: Bool {
        ContentNegotiation.acceptsGzip(head.headerFields[values: .acceptEncoding].joined(separator: ","))
    }
}
