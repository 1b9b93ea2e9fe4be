import HealthCore

/// A page that was requested; equal requests share a rendering.
enum PageRequest: Hashable, Sendable {
    case metrics(ExpositionFormat, gzip: Bool)
    case statusPage
    case detailed(showsDetails: Bool, healthJSON: Bool)
    case components(showsDetails: Bool)
    case component(String, showsDetails: Bool)
}

/// Renders what is known into pages; the same snapshot feeds all of them.
struct Pages: Sendable {
    /// The service, its environment, version and instance.
    let identity: ServiceIdentity
    /// Status and metrics of one generation of the registry.
    let generations: GenerationStore
    /// The sources of `/metrics`.
    let metrics: ExporterMetrics
    /// When each of these checks is next due.
    let nextDue: @Sendable ([CheckHandle]) -> [Moment?]
    /// Says when a page was rendered.
    let time: any TimeSource
    /// What the page of metrics has.
    let selection: MetricSelection
    /// Renders pages of metrics.
    let metricsPages: MetricsPages

    /// Renders a page; slow for many checks, so it is called on the renderer's thread.
    func render(_ request: PageRequest) -> HTTPReply {
        switch request {
        case .metrics(let format, let gzip): metrics(format, gzip: gzip)
        case .statusPage: statusPage()
        case .detailed(let showsDetails, let healthJSON): detailed(showsDetails: showsDetails, healthJSON: healthJSON)
        case .components(let showsDetails): components(showsDetails: showsDetails)
        case .component(let name, let showsDetails): component(named: name, showsDetails: showsDetails)
        }
    }

    private func metrics(_ format: ExpositionFormat, gzip: Bool) -> HTTPReply {
        let page = metricsPages.render(exposition(), format, gzip: gzip)
        var reply = HTTPReply(status: 200, contentType: format.contentType, content: page.content)
        reply.headers = [("Vary", "Accept, Accept-Encoding")]
        if page.isCompressed { reply.headers.append(("Content-Encoding", "gzip")) }
        return reply
    }

    private func exposition() -> Exposition {
        let scrape = Scrape(of: generations.snapshot(), identity, now: time.moment, selection: selection)
        return Exposition(scrape, sources: metrics.sources)
    }

    private func statusPage() -> HTTPReply {
        let page = StatusPage.render(identity, generations.snapshot().health, at: time.timestamp)
        var reply = HTTPReply(status: 200, contentType: "text/html; charset=utf-8", body: page)
        reply.headers = [("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")]
        return reply
    }

    private func detailed(showsDetails: Bool, healthJSON: Bool) -> HTTPReply {
        let document = document(showsDetails)
        let status = document.health.verdict.readiness.isReady ? 200 : 503
        var reply = HTTPReply.json(status, [])
        if healthJSON {
            reply.contentType = "application/health+json"
            reply.body = document.renderHealthJSON()
        } else {
            reply.body = document.render()
        }
        reply.headers = [("Vary", "Accept")]
        return reply
    }

    private func components(showsDetails: Bool) -> HTTPReply {
        .json(200, document(showsDetails).renderComponents())
    }

    private func component(named name: String, showsDetails: Bool) -> HTTPReply {
        document(showsDetails).renderComponent(named: name).map { .json(200, $0) } ?? .noComponent
    }

    private func document(_ showsDetails: Bool) -> HealthDocument {
        let known = generations.snapshot()
        return HealthDocument(
            identity: identity,
            health: known.health,
            metrics: known.metrics,
            nextDue: nextDue(known.health.checks.map(\.handle)),
            now: time.moment,
            timestamp: time.timestamp,
            showsDetails: showsDetails
        )
    }
}
