import HealthCore

/// A page that somebody asks for; the same ones share a rendering.
enum PageRequest: Hashable, Sendable {
    case metrics(ExpositionFormat, gzip: Bool)
    case statusPage
    case detailed(showsDetails: Bool, healthJSON: Bool)
    case components(showsDetails: Bool)
    case component(String, showsDetails: Bool)
}

/// Renders what is known into pages; the same snapshot feeds all of them.
struct Pages: Sendable {
    let identity: ServiceIdentity
    let generations: GenerationStore
    let facts: FactsCollector
    let time: any TimeSource
    let showsPhases: Bool

    /// Above this a page is compressed for those who take it.
    private static let gzipThreshold = 1024

    /// The page in full; takes a while, so it is called on the renderer's thread.
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
        let page = exposition().render(format)
        var reply = HTTPReply(status: 200, contentType: format.contentType, body: page)
        reply.headers = [("Vary", "Accept, Accept-Encoding")]
        if gzip, page.count > Self.gzipThreshold, let small = Gzip.compress(page) {
            reply.body = small
            reply.headers.append(("Content-Encoding", "gzip"))
        }
        return reply
    }

    private func exposition() -> Exposition {
        let known = generations.snapshot()
        return Exposition(
            identity: identity,
            health: known.health,
            metrics: known.metrics,
            facts: facts.collect(),
            now: time.moment,
            showsPhases: showsPhases
        )
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
            nextDue: facts.nextDue(known.health.checks.map(\.handle)),
            now: time.moment,
            timestamp: time.timestamp,
            showsDetails: showsDetails
        )
    }
}
