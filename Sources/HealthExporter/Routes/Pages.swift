import HealthCore

/// Renders what is known into pages; the same snapshot feeds all of them.
struct Pages: Sendable {
    let identity: ServiceIdentity
    let store: StatusStore
    let recorder: MetricsRecorder
    let facts: FactsCollector
    let time: any TimeSource
    let showsPhases: Bool

    /// Above this a page is compressed for those who take it.
    private static let gzipThreshold = 1024

    func metrics(accept: String, acceptEncoding: String) -> HTTPReply {
        let format = ContentNegotiation.format(accept: accept)
        let page = exposition().render(format)
        var reply = HTTPReply(status: 200, contentType: format.contentType, body: page)
        reply.headers = [("Vary", "Accept, Accept-Encoding")]
        if page.count > Self.gzipThreshold, ContentNegotiation.acceptsGzip(acceptEncoding),
            let small = Gzip.compress(page)
        {
            reply.body = small
            reply.headers.append(("Content-Encoding", "gzip"))
        }
        return reply
    }

    private func exposition() -> Exposition {
        Exposition(
            identity: identity,
            health: store.snapshot(),
            metrics: recorder.snapshot(),
            facts: facts.collect(),
            now: time.moment,
            showsPhases: showsPhases
        )
    }

    func statusPage() -> HTTPReply {
        let page = StatusPage.render(identity, store.snapshot(), at: time.timestamp)
        var reply = HTTPReply(status: 200, contentType: "text/html; charset=utf-8", body: page)
        reply.headers = [("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")]
        return reply
    }

    /// - Parameter accept: may ask for the IETF draft's form.
    func detailed(showsDetails: Bool, accept: String) -> HTTPReply {
        let document = document(showsDetails)
        let status = document.health.verdict.readiness.isReady ? 200 : 503
        var reply = HTTPReply.json(status, [])
        if ContentNegotiation.prefersHealthJSON(accept) {
            reply.contentType = "application/health+json"
            reply.body = document.renderHealthJSON()
        } else {
            reply.body = document.render()
        }
        reply.headers = [("Vary", "Accept")]
        return reply
    }

    func components(showsDetails: Bool) -> HTTPReply {
        .json(200, document(showsDetails).renderComponents())
    }

    func component(named name: String, showsDetails: Bool) -> HTTPReply {
        guard let body = document(showsDetails).renderComponent(named: name) else {
            return .error(404, "no such component", hint: "the components are listed at /api/v1/components")
        }
        return .json(200, body)
    }

    private func document(_ showsDetails: Bool) -> HealthDocument {
        let health = store.snapshot()
        return HealthDocument(
            identity: identity,
            health: health,
            metrics: recorder.snapshot(),
            nextDue: facts.nextDue(health.checks.map(\.handle)),
            now: time.moment,
            timestamp: time.timestamp,
            showsDetails: showsDetails
        )
    }
}
