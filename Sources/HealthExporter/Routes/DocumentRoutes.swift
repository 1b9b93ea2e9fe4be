import HTTPTypes
import HealthCore

/// The pages that a reader gets: which one, in which format, with or without details.
enum DocumentRoutes {
    /// `GET /metrics`.
    static func metrics(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(
            .metrics(
                ContentNegotiation.format(accept: request.accept),
                gzip: request.acceptsGzip
            )
        )
    }

    /// `GET /health/detailed`.
    static func detailed(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        let healthJSON = ContentNegotiation.prefersHealthJSON(request.accept)
        return .page(.detailed(showsDetails: services.showsDetails(to: request), healthJSON: healthJSON))
    }

    /// `GET /api/v1/components`.
    static func components(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        .page(.components(showsDetails: services.showsDetails(to: request)))
    }

    /// `GET /api/v1/components/{name}`.
    static func component(_ services: EndpointServices, _ request: EndpointRequest) -> Endpoint.Answer {
        if let refusal = services.components.refusal(of: request.parameter) { return .reply(refusal) }
        return .page(.component(String(request.parameter), showsDetails: services.showsDetails(to: request)))
    }
}

extension EndpointRequest {
    fileprivate var accept: String { head.headerFields[values: .accept].joined(separator: ",") }
}
