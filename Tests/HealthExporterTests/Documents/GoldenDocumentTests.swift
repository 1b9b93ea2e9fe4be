import HealthCore
import HealthTesting
import Logging
import Testing

@testable import HealthExporter

/// Whole documents, byte for byte.
struct GoldenDocumentTests {
    @Test(arguments: [(true, "detailed.json"), (false, "detailed-without-details.json")])
    func theHealthDocumentStaysAsItIs(showsDetails: Bool, name: String) throws {
        try GoldenFile.check(json: try HealthSample().document(showsDetails: showsDetails).render(), name)
    }

    @Test(arguments: [(true, "health-json.json"), (false, "health-json-without-details.json")])
    func theDocumentOfTheDraftStaysAsItIs(showsDetails: Bool, name: String) throws {
        try GoldenFile.check(json: try HealthSample().document(showsDetails: showsDetails).renderHealthJSON(), name)
    }

    @Test func theComponentsAreThoseOfTheWholeDocument() throws {
        let document = try HealthSample().document(showsDetails: true)
        let components = String(decoding: document.renderComponents(), as: UTF8.self)
        #expect(String(decoding: document.render(), as: UTF8.self).hasSuffix("\"components\":" + components + "}"))
        for component in document.health.components {
            let name = component.registration.name
            let one = try #require(document.renderComponent(named: name))
            #expect(components.contains(String(decoding: one, as: UTF8.self)), "\(name)")
        }
        #expect(document.renderComponent(named: "caches") == nil, "a group is no component")
    }

    @Test func theBodyOfTheReadinessProbeStaysAsItIs() throws {
        let health = try HealthSample().store.snapshot()
        let body = ProbeDocuments.readiness(health.verdict, uptime: .seconds(60), at: .newYear2026)
        try GoldenFile.check(json: body, "readyz.json")
    }

    @Test(
        arguments: [
            (StatusDocument.status(StatusPageQuery()), "status-page.html"),
            (.component("orders-db", isFragment: false), "component-page.html"),
            (.incidents(IncidentQuery()), "incidents-page.html"),
        ]
    )
    func thePagesForPeopleStayAsTheyAre(document: StatusDocument, name: String) throws {
        let reader = PageAudience(showsDetails: true, mayAct: true, acceptsGzip: false)
        let page = try HealthSample().pages.reply(document, to: reader).body
        try GoldenFile.check(name, String(decoding: page, as: UTF8.self))
    }

    @Test func theStatusTableStaysAsItIs() throws {
        try GoldenFile.check("status-table.txt", StatusTable.render(try HealthSample().store.snapshot()))
    }

    @Test func theVerboseProbesStayAsTheyAre() throws {
        let store = try HealthSample().store
        let stalls = StallMonitor(
            progressCounters: [],
            bound: .seconds(1),
            now: .zero,
            logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let responder = ProbeResponder(store: store, stalls: stalls, time: ManualTime())
        let probes: [(ProbeResponder.Probe, String)] = [
            (.liveness, "/livez?verbose"), (.readiness, "/readyz?verbose"), (.startup, "/startupz?verbose"),
        ]
        let pages = probes.map { probe, path in
            let reply = responder.reply(to: probe, RequestTarget(path))
            return "\(path) \(reply.status)\n\(String(decoding: reply.body, as: UTF8.self))"
        }
        try GoldenFile.check("verbose.txt", pages.joined(separator: "\n"))
    }
}
