import Foundation
import Testing

@testable import health_exporter

/// The table of `status`.
struct StatusReportTests {
    private static func document(_ name: String) throws -> [UInt8] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "HealthExporterTests/Golden/\(name)")
        return Array(try Data(contentsOf: file))
    }

    private static func rows(_ table: String) -> [String] {
        table.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The document is the one that the exporter's own tests compare byte for byte.
    @Test func theTableShowsTheDocumentOfTheExporter() throws {
        let table = try StatusReport(document: Self.document("detailed.json")).table
        let expected = """
            COMPONENT  CHECK    KIND       STATUS     REASON           TARGET                                 MESSAGE
            payments   api      http       unhealthy  tls_expired      https://payments.example/health?key=…  the certificate of payments has expired
            cache-a    ping     redis      unhealthy  connect_refused  redis://cache-a:6379                   connect to cache-a: refused
            search     api      http       unhealthy  timeout          http://search:9200/                    no answer within 2s
            mail       login    tcp        unhealthy  authentication   mail:25                                535 refused
            worker     beat     heartbeat  unknown    pending          -                                      never beaten; missed from 2026-01-01T00:01:10.000Z
            feed       first    http       unknown    pending          -
            reports    age      http       unknown    stale            -                                      fresh
            disk       root     disk       unknown    internal         /                                      no descriptor left
            queue      depth    http       healthy    -                -                                      status 200
            plugin     load     exec       degraded   exec_exit        /bin/check "a\\b"                       LOAD "high" \\ é\u{2028} <i>; big=1e+300; load=3.5; load 2=4
            orders-db  primary  postgres   healthy    -                postgres://db:5432/orders              answered in 700 ms; health_postgres_connections_used=17
            orders-db  replica  postgres   healthy    -                postgres://replica:5432/orders         health_postgres_replication_lag_seconds=0.25
            cache-b    ping     redis      healthy    -                redis://cache-b:6379                   status 200

            service: not_ready (unhealthy)

            """
        #expect(Self.rows(table) == Self.rows(expected))
    }

    @Test func withoutDetailsThereAreNoTargetsAndMessages() throws {
        let table = try StatusReport(document: Self.document("detailed-without-details.json")).table
        #expect(table.contains("payments   api      http       unhealthy  tls_expired      -\n"))
        #expect(!table.contains("certificate") && !table.contains("postgres://"))
    }

    private static func component(_ check: String, more: String = "") -> [UInt8] {
        Array(
            #"{"name":"db","status":"healthy"\#(more),"checks":[{"name":"a","kind":"k","status":"healthy"\#(check)}]}"#
                .utf8
        )
    }

    @Test(
        arguments: [
            ("", ""), (#","message":"""#, ""), (#","message":"ok""#, "ok"),
            (#","measurements":{"b":1,"a":0.5}"#, "a=0.5; b=1"),
            (#","message":"ok","measurements":{"x":1e3}"#, "ok; x=1000"),
            // The value and when it was measured.
            (#","measurements":{"x":{"value":2.5,"at":"2026"}}"#, "x=2.5"),
            (#","measurements":{"x":null,"y":"text","z":{"at":"2026"}}"#, ""),
            (#","message":"one\ntwo\u001b[31m\u0085""#, "one two [31m"),
            (#","reason":null,"target":null,"message":null"#, ""),
        ]
    )
    func aCheckIsOneRow(fields: String, message: String) throws {
        let rows = Self.rows(try StatusReport(component: Self.component(fields)).table)
        #expect(rows.count == 5 && rows[0].hasPrefix("COMPONENT  CHECK  KIND  STATUS   REASON  TARGET"))
        #expect(rows[1] == ("db         a      k     healthy  -       -       " + message).trimmed)
    }

    @Test(
        arguments: [
            ("", "db: healthy"), (#","reason":"stale""#, "db: healthy (stale)"), (#","reason":null"#, "db: healthy"),
            (#","reason":"a\u001b\nb""#, "db: healthy (a  b)"),
        ]
    )
    func theLastLineIsTheStatusOfTheComponent(field: String, line: String) throws {
        let table = try StatusReport(component: Self.component("", more: field)).table
        #expect(table.hasSuffix("\n\n\(line)\n"))
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"name":"db","status":"healthy"}"#, #"{"name":1,"status":"healthy","checks":[]}"#,
    ])
    func whatIsNoComponentIsAnError(body: String) {
        #expect(throws: (any Error).self) { try StatusReport(component: Array(body.utf8)) }
        #expect(throws: (any Error).self) { try StatusReport(document: Array(body.utf8)) }
    }

    @Test func aServiceWithoutComponentsHasATableWithoutRows() throws {
        let table = try StatusReport(document: Array(#"{"status":"ready","components":[]}"#.utf8)).table
        #expect(table == "COMPONENT  CHECK  KIND  STATUS  REASON  TARGET  MESSAGE\n\nservice: ready\n")
    }
}

extension String {
    fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}
