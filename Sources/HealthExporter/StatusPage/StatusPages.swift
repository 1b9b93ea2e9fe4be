import HealthCore
import NIOCore

/// A page for people.
enum StatusDocument: Hashable, Sendable {
    case status(StatusPageQuery)
    /// A component; as a fragment, what stands in its row when that is opened.
    case component(String, isFragment: Bool)
    case incidents(IncidentQuery)
}

/// Renders the pages for people, and what changed on them.
struct StatusPages: Sendable {
    /// Who the service is.
    let identity: ServiceIdentity
    /// Status and metrics of one generation of the registry.
    let generations: GenerationStore
    /// What pages show of the past.
    let history: HistoryStore
    /// When each of these checks is next due.
    let nextDue: @Sendable ([CheckHandle]) -> [Moment?]
    /// Says when a page was rendered.
    let time: any TimeSource
    /// The facts of the status page.
    let live: LivePage
    /// What is wrong with the exporter itself, in sentences.
    let exporter: @Sendable () -> [String]

    /// Nothing from elsewhere, nothing inline, in nobody's frame (CSP Level 3).
    static let securityPolicy = [
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "img-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// A page with what protects its reader.
    func reply(_ document: StatusDocument, to reader: PageAudience) -> HTTPReply {
        let known = snapshot()
        let body: [UInt8]
        switch document {
        case .status(let query):
            body = statusPage(query, in: known, to: reader).render()
        case .component(let name, let isFragment):
            guard let page = componentPage(name, in: known, reader) else { return .noComponent }
            body = isFragment ? page.renderInside() : page.render()
        case .incidents(let query):
            body = IncidentsPage(
                incidents: history.incidents(),
                query: query,
                known: known,
                sequence: sequence(known),
                reader: reader
            ).render()
        }
        return Self.html(body, gzip: reader.acceptsGzip)
    }

    private func statusPage(_ query: StatusPageQuery, in known: PageSnapshot, to reader: PageAudience) -> StatusPage {
        let usual = HistoryStep.usual(for: known.history, at: known.timestamp)
        let step = query.history ?? usual
        let content = live.update(known, step: step, exporter: exporter(), isExact: true)
        return StatusPage(
            content: content,
            known: known,
            query: query,
            history: (step, usual),
            reader: reader
        )
    }

    private func componentPage(_ name: String, in known: PageSnapshot, _ reader: PageAudience) -> ComponentPage? {
        guard let component = known.component(named: name) else { return nil }
        let incidents = history.incidents().reversed().lazy.filter { $0.component == name }.prefix(20)
        return ComponentPage(
            component: component,
            known: known,
            nextDue: nextDue(component.checks.map { known.health.checks[$0].handle }),
            incidents: Array(incidents),
            sequence: sequence(known),
            reader: reader
        )
    }

    /// The sequence of the status page's facts, from which on a page is told what changes.
    private func sequence(_ known: PageSnapshot) -> String {
        live.update(known, step: .hours, exporter: exporter(), isExact: false).sequence
    }

    private func snapshot() -> PageSnapshot {
        let generation = generations.snapshot()
        return PageSnapshot(
            identity: identity,
            health: generation.health,
            metrics: generation.metrics,
            history: history.components(),
            now: time.moment,
            timestamp: time.timestamp
        )
    }

    /// A page in HTML, compressed on request.
    private static func html(_ body: [UInt8], gzip: Bool) -> HTTPReply {
        var reply = HTTPReply(status: 200, contentType: "text/html; charset=utf-8", body: body)
        reply.headers = [
            ("Vary", "Accept-Encoding"), ("Content-Security-Policy", securityPolicy),
            ("Referrer-Policy", "same-origin"),
        ]
        return gzip ? reply.compressed() : reply
    }
}

extension StatusPages {
    /// What changed since these sequences; nothing for those that know everything.
    func changes(_ subscriptions: Set<LiveSubscription>) -> [LiveSubscription: ChangesMessage] {
        let known = snapshot()
        let warnings = exporter()
        for step in Set(subscriptions.map(\.history)) {
            _ = live.update(known, step: step, exporter: warnings, isExact: false)
        }
        var messages: [LiveSubscription: ChangesMessage] = [:]
        for subscription in subscriptions {
            let changes = live.changes(since: subscription.sequence, step: subscription.history)
            if let parts = changes.parts, parts.isEmpty { continue }
            messages[subscription] = ChangesMessage(changes, known)
        }
        return messages
    }

    /// The same for a page that polls.
    func updates(_ subscription: LiveSubscription) -> HTTPReply {
        let message = changes([subscription])[subscription]
        return .json(200, message?.body ?? ChangesMessage.nothing(subscription.sequence))
    }

    /// The past of a component as JSON.
    func history(of name: String, _ step: HistoryStep) -> HTTPReply {
        guard let past = history.components()[name] else { return .noComponent }
        let incidents = history.incidents().filter { $0.component == name }
        let document = HistoryDocument(step: step, history: past, incidents: incidents, now: time.timestamp)
        return .json(200, document.render())
    }

    /// A badge of a component: its status, or its success ratio over a window.
    func badge(_ name: String, _ window: SuccessHistory.Window?) -> HTTPReply {
        let known = snapshot()
        guard let component = known.component(named: name) else { return .noComponent }
        let badge = window.map { window in
            Badge(component, known.history[name]?.success.ratio(window, at: known.timestamp), window: window)
        }
        return HTTPReply(status: 200, contentType: "image/svg+xml", body: (badge ?? Badge(component)).render())
    }
}
