import HTTPTypes
import HealthCore

extension Endpoint {
    /// Every endpoint, in the order of the metric's rows and of the reference page.
    static let all: [Endpoint] = probes + documents + pages + actions

    private static let probes: [Endpoint] = [
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
    ]

    private static let documents: [Endpoint] = [
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
            "/api/v1/components/{name}/history",
            countedAs: "/api/v1/components/{name}",
            group: .documents,
            summary: "200: what happened by run, hour or day, `?by=runs|hours|days`; 400, 404",
            handler: .read(StatusPageRoutes.history)
        ),
        Endpoint(
            "/api/v1/incidents",
            group: .documents,
            summary: "200: what went wrong, newest first; `?component=`, `status=`, `q=`, `before=`, `limit=`",
            handler: .read(StatusPageRoutes.json)
        ),
    ]

    private static let pages: [Endpoint] = [
        Endpoint(
            "/",
            group: .statusPage,
            summary: "200: the status page for people",
            handler: .read(StatusPageRoutes.page)
        ),
        Endpoint(
            "/components/{name}",
            countedAs: "/",
            group: .statusPage,
            access: .details,
            summary: "200: the page of a component; with `?fragment` its inside; 404",
            handler: .read(StatusPageRoutes.component)
        ),
        Endpoint(
            "/incidents",
            countedAs: "/",
            group: .statusPage,
            summary: "200: the page of what went wrong",
            handler: .read(StatusPageRoutes.incidents)
        ),
        Endpoint(
            "/incidents.csv",
            countedAs: "/",
            group: .statusPage,
            summary: "200: the same as a table",
            handler: .read(StatusPageRoutes.csv)
        ),
        Endpoint(
            "/incidents.atom",
            countedAs: "/",
            group: .statusPage,
            summary: "200: the same as a feed",
            handler: .read(StatusPageRoutes.atom)
        ),
        Endpoint(
            "/badge/{name}.svg",
            countedAs: "/",
            group: .statusPage,
            summary: "200: a badge with the status, or with `?window=24h|7d|30d|90d` the success ratio; 400, 404",
            handler: .read(StatusPageRoutes.badge)
        ),
        Endpoint(
            "/assets/{file}",
            countedAs: "/",
            group: .statusPage,
            summary: "200: the style sheet, the script and the icons of the page; 404",
            handler: .read(StatusPageRoutes.asset)
        ),
        Endpoint(
            "/events",
            countedAs: "/",
            group: .statusPage,
            summary: "200: what changes on the page, as server-sent events; 503 with too many open pages",
            handler: .read(StatusPageRoutes.events)
        ),
        Endpoint(
            "/updates",
            countedAs: "/",
            group: .statusPage,
            summary: "200: the same as JSON since `?since=`, for pages that poll",
            handler: .read(StatusPageRoutes.updates)
        ),
    ]

    private static let actions: [Endpoint] = [
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
            "/api/v1/components/{name}/run",
            group: .drills,
            methods: [.post],
            access: .lifecycle,
            summary: "200: the component's checks run now; says how many begin; 404",
            handler: .action { $0.run.reply(to: $1) }
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
