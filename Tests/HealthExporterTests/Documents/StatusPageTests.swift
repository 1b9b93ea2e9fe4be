import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// The page at `/`, as a browser gets it.
struct StatusPageTests {
    private static func page(
        name: String = "orders",
        environment: String = "prod",
        _ health: HealthSnapshot? = nil
    ) -> String {
        let identity = ServiceIdentity(name: name, environment: environment, version: "1", instance: "i")
        let health = health ?? StatusStore(time: ManualTime()) { _ in }.snapshot()
        return String(decoding: StatusPage.render(identity, health, at: .newYear2026), as: UTF8.self)
    }

    @Test(
        arguments: [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\"><img src=x>", "&quot;&gt;&lt;img src=x&gt;"), ("a & b", "a &amp; b"), ("&lt;", "&amp;lt;"),
            ("it's", "it&#39;s"), ("ä€😀", "ä€😀"), ("", ""),
            // A mark that combines with the sign before it.
            ("<\u{338}b>\u{301}", "&lt;\u{338}b&gt;\u{301}"), ("&\u{200d}lt;", "&amp;\u{200d}lt;"),
        ]
    )
    func namesAreEscapedWhereverTheyStand(name: String, escaped: String) {
        let page = Self.page(name: name, environment: name)
        #expect(page.contains("<title>\(escaped): not_ready</title>"))
        #expect(page.contains("<h1>\(escaped)</h1>"))
        #expect(page.contains("<p>\(escaped), version 1, instance i</p>"))
    }

    @Test func everyStatusHasItsClassAndReason() throws {
        let page = Self.page(try HealthSample().store.snapshot())
        let rows = [
            (#"<tr><td>orders-db</td><td class="healthy">healthy</td><td></td><td></td></tr>"#),
            (#"<tr><td>payments</td><td class="unhealthy">unhealthy</td><td>tls_expired</td>"#),
            (#"<tr><td>search</td><td class="unhealthy">unhealthy</td><td>timeout, alerts suppressed: dependency</td>"#),
            (#"<tr><td>mail</td><td class="unhealthy">unhealthy</td><td>authentication, alerts suppressed: maintenance</td>"#),
            (#"<tr><td>queue</td><td class="degraded">degraded</td><td>drill</td>"#),
            (#"<tr><td>feed</td><td class="unknown">unknown</td><td>pending</td>"#),
            (#"<tr><td>reports</td><td class="unknown">unknown</td><td>stale</td>"#),
            (#"<tr><td>caches</td><td class="healthy">healthy</td><td>group</td><td></td></tr>"#),
        ]
        for row in rows { #expect(page.contains(row), "\(row)") }
    }

    @Test func theHintsOfTheReasonsAreEscapedText() throws {
        for reason in FailureReason.allCases {
            #expect(!reason.hint.contains { "<>&\"".contains($0) }, "\(reason)")
        }
    }

    @Test func itLoadsNothingAndLinksToWhatTheExporterServes() {
        let page = Self.page()
        #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("http"))
        let links = page.matches(of: /href="([^"]+)"/).map { String($0.1) }
        #expect(
            links == [
                "/health/detailed", "/api/v1/components", "/api/v1/flags", "/metrics", "/livez?verbose",
                "/readyz?verbose", "/startupz?verbose",
            ]
        )
    }
}
