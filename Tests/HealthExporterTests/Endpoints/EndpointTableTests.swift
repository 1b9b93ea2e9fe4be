import HTTPTypes
import HealthCore
import Testing

@testable import HealthExporter

/// The table of endpoints, and how paths are matched against it.
struct EndpointTableTests {
    @Test func theLabelsOfTheRequestCounterAreThePathsOfTheTable() {
        #expect(
            RequestCounts.handlers == [
                "/livez", "/readyz", "/startupz", "/health/detailed", "/metrics", "/api/v1/components",
                "/api/v1/components/{name}", "/api/v1/incidents", "/", "/api/v1/heartbeats/{component}/{check}",
                "/api/v1/components/{name}/drill", "/api/v1/components/{name}/run", "/api/v1/flags",
                "/ofrep/v1/evaluate/flags",
                "/ofrep/v1/evaluate/flags/{key}", "/-/reload", "other",
            ]
        )
    }

    @Test func everyPathAndAliasStandsInOneRow() {
        let paths = Endpoint.all.flatMap { [$0.path] + $0.aliases }
        #expect(Set(paths).count == paths.count)
        #expect(paths.allSatisfy { $0.hasPrefix("/") })
    }

    @Test func everyRowHasAGroupOfItsOwnAndASummary() {
        for endpoint in Endpoint.all {
            #expect(EndpointGroups.all.contains(endpoint.group) && endpoint.group.rawValue.nonzeroBitCount == 1)
            #expect(!endpoint.summary.isEmpty && !endpoint.methods.isEmpty, "\(endpoint.path)")
        }
        let used = Endpoint.all.reduce(into: EndpointGroups()) { $0.formUnion($1.group) }
        #expect(used == .all)
    }

    /// The event loop answers GET and HEAD without a task, and an action needs one.
    @Test func noActionHasASafeMethodAndEverythingElseHasBoth() {
        for endpoint in Endpoint.all {
            let safe = endpoint.methods.filter { EndpointRequest.isRead($0) }
            if case .action = endpoint.handler {
                #expect(safe.isEmpty, "\(endpoint.path)")
            } else {
                #expect(endpoint.methods == [.get, .head], "\(endpoint.path)")
            }
        }
    }

    @Test func onlyTheProbesAreServedByTheProbeListener() {
        let probes = Endpoint.all.filter { endpoint in
            if case .probe = endpoint.handler { return true }
            return false
        }
        #expect(probes.map(\.path) == ["/livez", "/readyz", "/startupz"])
        #expect(probes.allSatisfy { $0.group == .probes })
    }

    @Test(
        arguments: [
            ("/livez", "/livez", ""), ("/healthz", "/livez", ""), ("/-/healthy", "/livez", ""),
            ("/health", "/readyz", ""), ("/ready", "/readyz", ""), ("/-/ready", "/readyz", ""),
            ("/startup", "/startupz", ""), ("/", "/", ""), ("/metrics", "/metrics", ""),
            ("/health/detailed", "/health/detailed", ""), ("/-/reload", "/-/reload", ""),
            ("/api/v1/components", "/api/v1/components", ""),
            ("/api/v1/components/db", "/api/v1/components/{name}", "db"),
            ("/api/v1/components/", "/api/v1/components/{name}", ""),
            ("/api/v1/components/a/b", "/api/v1/components/{name}", "a/b"),
            ("/api/v1/components/drill", "/api/v1/components/{name}", "drill"),
            ("/api/v1/components/drill/drill", "/api/v1/components/{name}/drill", "drill"),
            ("/api/v1/components/db/drill", "/api/v1/components/{name}/drill", "db"),
            ("/api/v1/components/db/drill/", "/api/v1/components/{name}", "db/drill/"),
            ("/api/v1/components/db/run", "/api/v1/components/{name}/run", "db"),
            ("/api/v1/components/db/history", "/api/v1/components/{name}/history", "db"),
            ("/api/v1/incidents", "/api/v1/incidents", ""), ("/components/db", "/components/{name}", "db"),
            ("/badge/db.svg", "/badge/{name}.svg", "db"), ("/assets/status.css", "/assets/{file}", "status.css"),
            ("/incidents.csv", "/incidents.csv", ""), ("/events", "/events", ""), ("/updates", "/updates", ""),
            ("/api/v1/heartbeats/w/b", "/api/v1/heartbeats/{component}/{check}", "w/b"),
            ("/api/v1/heartbeats/w", "/api/v1/heartbeats/{component}/{check}", "w"),
            ("/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags", ""),
            ("/ofrep/v1/evaluate/flags/shop", "/ofrep/v1/evaluate/flags/{key}", "shop"),
        ]
    )
    func aPathIsThatOfOneEndpoint(path: String, label: String, parameter: String) throws {
        let match = try #require(EndpointMatch(path: path[...]))
        #expect(match.endpoint.path == label && match.parameter == parameter)
    }

    @Test(arguments: [
        "", "other", "/other", "/livez/", "/LIVEZ", "//livez", "/metrics/x", "/api/v1", "/api/v1/", "/api/v1/nothing",
        "/api/v1/heartbeats", "/ofrep/v1/evaluate", "/-/", "/../etc/passwd", "/api/v2/components",
    ])
    func anyOtherPathIsThatOfNone(path: String) {
        #expect(EndpointMatch(path: path[...]) == nil)
    }

    @Test func answersAreCountedByLabelAndClassOfStatus() {
        let counts = RequestCounts()
        let cases = [
            ("/healthz", 200), ("/readyz", 503), ("/api/v1/components/anything", 404), ("/../etc/passwd", 404),
            ("/metrics", 304), ("/metrics", 101), ("/metrics", 599),
        ]
        for (path, status) in cases { counts.record(EndpointMatch(path: path[...]), status: status) }
        func count(_ handler: String) -> [UInt64]? { counts.facts.first { $0.handler == handler }?.counts }
        #expect(counts.facts.count == RequestCounts.handlers.count && counts.facts.allSatisfy { $0.counts.count == 4 })
        #expect(count("/livez") == [1, 0, 0, 0] && count("/readyz") == [0, 0, 0, 1])
        #expect(count("/api/v1/components/{name}") == [0, 0, 1, 0] && count("other") == [0, 0, 1, 0])
        #expect(count("/metrics") == [1, 1, 0, 1], "what has no class of its own counts for the nearest")
    }

    @Test(
        arguments: [
            ("/a", "/a", nil, false), ("/a?verbose", "/a", "verbose", true), ("/a?verbose=1&x", "/a", "verbose", true),
            ("/a?x&verbose", "/a", "verbose", true), ("/a?verboseness=1", "/a", "verbose", false),
            ("/a?", "/a", "verbose", false), ("http://h:1/a?verbose", "/a", "verbose", true),
            ("HTTPS://h", "/", nil, false), ("http://h?verbose", "/", "verbose", true), ("http://", "/", nil, false),
            ("ftp://h/a", "ftp://h/a", nil, false), ("", "", nil, false),
        ] as [(String, String, String?, Bool)]
    )
    func aTargetIsTakenApart(uri: String, path: String, parameter: String?, isGiven: Bool) {
        let target = RequestTarget(uri)
        #expect(target.path == path)
        if let parameter { #expect(target.has(parameter) == isGiven) }
    }

    @Test(
        arguments: [
            ("/?q=a+b%20c", "a b c"), ("/?x=1&q=%C3%A4", "ä"), ("/?q=", ""), ("/?q", nil), ("/?qq=1", nil), ("/", nil),
            ("/?q=%", nil), ("/?q=%2", nil), ("/?q=%zz", nil), ("/?q=%FF", nil), ("/?q=a=b", "a=b"),
            ("/?q=1&q=2", "1"), ("/?q=%+1", nil),
        ] as [(String, String?)]
    )
    func aValueIsDecoded(uri: String, value: String?) {
        #expect(RequestTarget(uri).value(of: "q") == value)
    }
}
