import HealthCore

/// Renders what is known into pages; the same snapshot feeds all of them.
struct Pages: Sendable {
    /// The service, its environment, version and instance.
    let identity: ServiceIdentity
    /// Status and metrics of one generation of the registry.
    let generations: GenerationStore
    /// What pages show of the past.
    let history: HistoryStore
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
    /// The facts of the status page.
    let live: LivePage

    /// Renders a page; slow for many checks, so it is called on the renderer's thread.
    func render(_ request: PageRequest) -> HTTPReply {
        switch request {
        case .metrics(let format, let gzip): metrics(format, gzip: gzip)
        case .html(let document, let reader): statusPages.reply(document, to: reader)
        case .updates(let subscription): statusPages.updates(subscription)
        case .detailed(let showsDetails, let healthJSON): detailed(showsDetails: showsDetails, healthJSON: healthJSON)
        case .components(let showsDetails): components(showsDetails: showsDetails)
        case .component(let name, let showsDetails): component(named: name, showsDetails: showsDetails)
        case .history(let name, let step): statusPages.history(of: name, step)
        case .incidents(let form, let query): incidents(form, query)
        case .badge(let name, let window): statusPages.badge(name, window)
        }
    }

    /// The pages for people.
    var statusPages: StatusPages {
        StatusPages(
            identity: identity,
            generations: generations,
            history: history,
            nextDue: nextDue,
            time: time,
            live: live,
            exporter: { [metrics] in metrics.warnings }
        )
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

    private func incidents(_ form: PageRequest.IncidentForm, _ query: IncidentQuery) -> HTTPReply {
        let (incidents, now) = (query.select(history.incidents()), time.timestamp)
        switch form {
        case .json: return .json(200, IncidentDocuments.json(incidents, at: now))
        case .csv:
            let body = IncidentDocuments.csv(incidents, at: now)
            return HTTPReply(status: 200, contentType: "text/csv; charset=utf-8; header=present", body: body)
        case .atom(let address):
            let body = IncidentDocuments.atom(incidents, of: identity, query: query, address: address, at: now)
            return HTTPReply(status: 200, contentType: "application/atom+xml; charset=utf-8", body: body)
        }
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
