import HealthCore
import HealthTesting
import Logging
import Testing

@testable import HealthExporter

/// The pages for people, as a browser gets them.
struct StatusPageTests {
    private static let everybody = PageAudience(showsDetails: false, mayAct: false, acceptsGzip: false)
    private static let admin = PageAudience(showsDetails: true, mayAct: true, acceptsGzip: false)

    private static let documents: [StatusDocument] = [
        .status(StatusPageQuery()), .component("orders-db", isFragment: false), .component("plugin", isFragment: false),
        .component("payments", isFragment: true), .incidents(IncidentQuery()),
    ]

    private static func page(_ document: StatusDocument, to reader: PageAudience = everybody) throws -> String {
        String(decoding: try HealthSample().pages.reply(document, to: reader).body, as: UTF8.self)
    }

    private static func page(_ uri: String) throws -> String {
        try page(.status(StatusPageQuery(RequestTarget(uri))))
    }

    /// The components that are shown, in order.
    private static func shown(_ page: String) -> [String] {
        page.matches(of: /<li class="c" id="c-([^"]+)"([^>]*)>/).filter { !$0.2.hasSuffix(" hidden") }.map {
            String($0.1)
        }
    }

    @Test(arguments: documents, [everybody, admin])
    func everyElementIsClosed(document: StatusDocument, reader: PageAudience) throws {
        let page = try Self.page(document, to: reader)
        let void: Set = ["meta", "link", "input", "img", "br"]
        var open: [String] = []
        for match in page.matches(of: /<(\/?)([a-z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*?)(\/?)>/) {
            let name = String(match.2)
            if void.contains(name) || match.4 == "/" { continue }
            if match.1.isEmpty { open.append(name) } else { #expect(open.popLast() == name, "at \(match.0)") }
        }
        #expect(open.isEmpty)
    }

    @Test(arguments: documents)
    func nothingIsInlineAndNothingComesFromElsewhere(document: StatusDocument) throws {
        let page = try Self.page(document, to: Self.admin)
        #expect(!page.contains(/\sstyle=|<style|\son[a-z]+=|javascript:|<script>/))
        for match in page.matches(of: /(?:src|href|action)="([^"]*)"/) {
            let isRunbook = match.1.hasPrefix("https://runbooks.example/")
            #expect(match.1.hasPrefix("/") || match.1.hasPrefix("#") || isRunbook, "\(match.1)")
        }
        let policy = StatusPages.securityPolicy
        #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http"))
    }

    @Test func whatPeopleAndTargetsSayIsEscaped() throws {
        let page = try Self.page(.component("plugin", isFragment: false), to: Self.admin)
        #expect(page.contains("team &quot;x&quot; &lt;b&gt;") && !page.contains("<b>\n"))
        #expect(page.contains("LOAD &quot;high&quot;") && page.contains("&lt;i&gt;") && !page.contains("<i>"))
        #expect(page.contains("/bin/check &quot;a\\b&quot;"))
        let drill = try Self.page(.component("queue", isFragment: false))
        #expect(drill.contains("exercise &lt;1&gt;"))
    }

    @Test(arguments: documents)
    func targetsMessagesAndMeasurementsAreForThoseWhoMayReadThem(document: StatusDocument) throws {
        let page = try Self.page(document)
        for secret in ["postgres://orders", "payments.example", "certificate of payments", "17 of 100", "LOAD"] {
            #expect(!page.contains(secret), "\(secret)")
        }
        #expect(!page.contains("health_postgres_connections_used"))
    }

    @Test func actionsAreForThoseWhoMayAct() throws {
        for document in Self.documents {
            let page = try Self.page(document)
            #expect(
                !page.contains("data-act=\"act-run\"") && !page.contains("act-reload") && !page.contains("act-drill")
            )
        }
        let page = try Self.page(.component("orders-db", isFragment: false), to: Self.admin)
        #expect(page.contains("data-act=\"act-run\"") && page.contains("data-act=\"act-drill\""))
        let drilling = try Self.page(.component("queue", isFragment: false), to: Self.admin)
        #expect(drilling.contains("data-act=\"act-drill-end\"") && !drilling.contains("data-act=\"act-drill\" "))
    }

    @Test func theWorstComesFirstAndWhatIsSuppressedAfterIt() throws {
        let shown = Self.shown(try Self.page("/"))
        #expect(shown.first == "payments" && shown.count == 12)
        // Of the unhealthy ones, the suppressed and those in maintenance come last.
        #expect(try #require(shown.firstIndex(of: "search")) < #require(shown.firstIndex(of: "feed")))
        #expect(shown.suffix(1) != ["payments"])
    }

    @Test func theSentenceSaysWhatIsWrongSinceWhenAndWhy() throws {
        let page = try Self.page("/")
        #expect(
            page.contains(
                "<a href=\"/components/payments\"><bdi>payments</bdi></a> is <em data-status=\"unhealthy\">unhealthy</em> for <time"
            )
        )
        #expect(page.contains(": tls expired.</h1>") && page.contains(FailureReason.tlsExpired.hint))
        #expect(page.contains("A drill is in progress: ") && page.contains("In maintenance: "))
        #expect(page.contains("A loop of the exporter has stalled: scheduler"))
    }

    @Test(
        arguments: [
            ("/?status=degraded", ["plugin", "queue"]), ("/?group=caches", ["cache-a", "cache-b"]),
            ("/?owner=team-orders", ["orders-db"]), ("/?q=CACHE-a", ["cache-a"]), ("/?q=tls_expired", ["payments"]),
            ("/?impact=critical&status=healthy", ["cache-b", "orders-db"]), ("/?q=zebra", []),
            ("/?status=nothing&q=orders", ["orders-db"]),
        ] as [(String, [String])]
    )
    func theAddressSaysWhatIsShown(uri: String, names: [String]) throws {
        let page = try Self.page(uri)
        #expect(Self.shown(page).sorted() == names)
        #expect(page.contains("id=\"nothing\" hidden") == !names.isEmpty)
    }

    @Test func theAddressSaysTheOrder() throws {
        let byName = Self.shown(try Self.page("/?sort=name"))
        #expect(byName == byName.sorted() && byName.count == 12)
        #expect(Self.shown(try Self.page("/?sort=latency")).first == "search")
        #expect(Self.shown(try Self.page("/?sort=ratio")).first == "search")
        #expect(Self.shown(try Self.page("/?sort=since")).first != "feed")
        #expect(
            try Self.page("/?sort=name").matches(of: /<li class="g"[^>]*>/).allSatisfy { $0.0.hasSuffix(" hidden>") }
        )
    }

    @Test func aGroupStandsAroundItsMembers() throws {
        let page = try Self.page("/")
        let group = try #require(page.firstMatch(of: /<li class="g" id="g-caches"[^>]*>(?s)(.*?)<\/ul><\/li>/))
        #expect(Self.shown(String(group.1)) == ["cache-a", "cache-b"])
        #expect(group.1.contains("needs any of 2") && group.1.contains("team-caches"))
    }

    @Test func aServiceThatIsFineSaysSo() throws {
        let time = ManualTime()
        let registry = try CheckRegistry.make(.make("db"), .make("web"))
        let store = StatusStore(time: time) { _ in }
        let recorder = MetricsRecorder(identity: HealthSample.identity)
        let logger = ResultLogger(logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let history = HistoryStore(time: time)
        let pipeline = ResultPipeline(store: store, recorder: recorder, history: history, logger: logger)
        pipeline.apply(registry)
        func sentence() throws -> String {
            let pages = StatusPages(
                identity: HealthSample.identity,
                generations: pipeline.generations,
                history: history,
                nextDue: { $0.map { _ in nil } },
                time: time,
                live: LivePage(started: .newYear2026),
                exporter: { [] }
            )
            let page = String(decoding: pages.reply(.status(StatusPageQuery()), to: Self.everybody).body, as: UTF8.self)
            return String(try #require(page.firstMatch(of: /<h1>(.*?)<\/h1>/)).1)
        }
        #expect(try sentence() == "Starting: waiting for db, web.")
        for (handle, _, _) in registry.checks { _ = pipeline.publish(.make(.success), of: handle) }
        #expect(try sentence() == "All 2 components are healthy.")
        store.shutDown()
        #expect(try sentence() == "The exporter is shutting down and not ready.")
    }

    @Test func aCompressedPageIsTheSame() throws {
        let pages = try HealthSample().pages
        let reader = PageAudience(showsDetails: false, mayAct: false, acceptsGzip: true)
        let reply = pages.reply(.status(StatusPageQuery()), to: reader)
        #expect(reply.headers.contains { $0.name == "Content-Encoding" && $0.value == "gzip" })
        let plain = pages.reply(.status(StatusPageQuery()), to: Self.everybody)
        #expect(reply.contentLength < plain.contentLength / 2)
        #expect(try GzipTests.expand(Array(reply.body), count: plain.contentLength) == Array(plain.body))
    }

    @Test func marksOfDirectionDoNotReachBeyondTheText() {
        let text = String(decoding: HTMLWriter.document { $0.name("a\u{2067}b\u{202E}<c>") }, as: UTF8.self)
        #expect(text == "<bdi>a\u{FFFD}b\u{FFFD}&lt;c&gt;</bdi>")
    }
}
