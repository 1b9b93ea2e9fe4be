import Testing

@testable import HealthExporter

@Suite struct EndpointReferenceTests {
    @Test func theListOfEndpointsIsTheTableOfTheCode() throws {
        var page = ReferencePage(
            name: "EndpointReference",
            title: "Endpoints",
            abstract:
                "Every path of the main listener and the admin socket: its methods, who may use it, what it answers."
        )
        page.body = ReferencePage.table(
            ["Path", "Methods", "For", "Answers"],
            rows: Endpoint.all.map { endpoint in
                let aliases = endpoint.aliases.map { "`\($0)`" }.joined(separator: ", ")
                return [
                    "`\(endpoint.path)`" + (aliases.isEmpty ? "" : " (\(aliases))"), endpoint.allowedMethods,
                    Self.text(endpoint.access), endpoint.summary,
                ]
            }
        )
        page.body += """

            The probe listener serves the paths of the three probes, and no others. Another method is answered 405 with `Allow`, an unknown
            path 404. The first name of a path is the value of the label `handler` of `health_exporter_http_requests_total`; whatever is no
            path of the table counts as `other`.

            """
        try page.check()
    }

    private static func text(_ access: Endpoint.Access) -> String {
        switch access {
        case .open: "everybody"
        case .details: "everybody; messages, targets, details and measurements as `web.details` says"
        case .lifecycle: "as `web.lifecycle` says; no page of another site"
        case .token: "loopback peers, or whoever has the check's `token`"
        }
    }
}
