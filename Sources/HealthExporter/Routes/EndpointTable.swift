import HTTPTypes
import HealthCore

extension Endpoint {
    /// Every endpoint, in the order of the metric's rows and of the reference page.
    static let all: [Endpoint] = [
        Endpoint(
            "/livez",
            aliases: ["/healthz", "/-/healthy"],
            group: .probes,
            summary: "200 while the process makes progress; 503 names what has stalled",
            handler: .probe(.liveness)
        ),
        Endpoint(
            "/readyz",
            aliases: ["/ready", "/health", "/-/ready"],
            group: .probes,
            summary: "200 ready or degraded; 503 while starting, stopping, or while a critical component is unhealthy",
            handler: .probe(.readiness)
        ),
        Endpoint(
            "/startupz",
            aliases: ["/startup"],
            group: .probes,
            summary: "503 until start-up is complete, then 200 for good",
            handler: .probe(.startup)
        ),
        Endpoint(
            "/health/detailed",
            group: .documents,
            access: .details,
            summary:
                "everything known, as JSON, or as `application/health+json` by `Accept`; the code is that of `/readyz`",
            handler: .read(DocumentRoutes.detailed)
        ),
        Endpoint(
            "/metrics",
            group: .metrics,
            summary: "200: Prometheus text or OpenMetrics by `Accept`, gzip by `Accept-Encoding`",
            handler: .read(DocumentRoutes.metrics)
        ),
        Endpoint(
            "/",
            group: .statusPage,
            summary: "200: a status page for people",
            handler: .read(DocumentRoutes.statusPage)
        ),
        Endpoint(
            "/api/v1/components",
            group: .documents,
            access: .details,
            summary: "200: the components of the document, as an array",
            handler: .read(DocumentRoutes.components)
        ),
        Endpoint(
            "/api/v1/components/{name}",
            group: .documents,
            access: .details,
            summary: "200: one component; 404",
            handler: .read(DocumentRoutes.component)
        ),
        Endpoint(
            "/api/v1/heartbeats/{component}/{check}",
            group: .heartbeats,
            methods: [.post],
            access: .token,
            summary: "204: a worker is alive; 400 for a body that is no heartbeat, 404",
            handler: .action { try await $0.heartbeats.reply(to: $1) }
        ),
        Endpoint(
            "/api/v1/components/{name}/drill",
            group: .drills,
            methods: [.post, .delete],
            access: .lifecycle,
            summary: "200: a drill begins or ends; 400 for a body that is no drill, 404",
            handler: .action { try await $0.drills.reply(to: $1) }
        ),
        Endpoint(
            "/api/v1/flags",
            group: .flags,
            summary: "200: every flag, and whether it is on",
            handler: .read { services, _ in .reply(services.flags.list()) }
        ),
        Endpoint(
            "/ofrep/v1/evaluate/flags",
            group: .flags,
            methods: [.post],
            summary: "200: every flag, for OpenFeature's SDKs; 304 for a known `If-None-Match`; 400",
            handler: .action { try await $0.flags.evaluateAll($1) }
        ),
        Endpoint(
            "/ofrep/v1/evaluate/flags/{key}",
            group: .flags,
            methods: [.post],
            summary: "200: one flag, for OpenFeature's SDKs; 400, 404",
            handler: .action { try await $0.flags.evaluateOne($1) }
        ),
        Endpoint(
            "/-/reload",
            group: .reload,
            methods: [.post],
            access: .lifecycle,
            summary: "200: the configuration was loaded anew; 400 lists what is wrong with it; 503 while stopping",
            handler: .action { services, _ in await services.reload.reply() }
        ),
    ]
}
