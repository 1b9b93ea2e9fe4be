import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Incidents as tables, feeds and JSON.
struct IncidentDocumentTests {
    private static let start = Timestamp.newYear2026
    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }()

    private static func incident(
        _ id: Int64,
        _ component: String,
        lasting: Double? = 60,
        _ worst: HealthStatus = .unhealthy,
        roots: [String] = []
    ) -> Incident {
        Incident(
            id: id,
            component: component,
            start: start.advanced(by: .seconds(Double(id) * 100)),
            end: lasting.map { start.advanced(by: .seconds(Double(id) * 100 + $0)) },
            worst: worst,
            reason: worst == .unhealthy ? .connectRefused : .tooSlow,
            roots: roots
        )
    }

    private static let incidents = [
        incident(1, "db"), incident(2, "web", .degraded), incident(3, "a\"b,c", roots: ["db", "net"]),
        incident(4, "db", lasting: nil),
    ]

    private static func query(_ uri: String, limit: Int = 100) -> [Int64] {
        IncidentQuery(RequestTarget(uri), limit: limit).select(incidents).map(\.id)
    }

    @Test func theNewestComeFirstAndTheAddressSaysWhich() {
        #expect(Self.query("/incidents") == [4, 3, 2, 1])
        #expect(Self.query("/incidents?component=db") == [4, 1])
        #expect(Self.query("/incidents?status=degraded") == [2])
        #expect(Self.query("/incidents?q=REFUSED") == [4, 3, 1] && Self.query("/incidents?q=web") == [2])
        #expect(Self.query("/incidents?before=3") == [2, 1] && Self.query("/incidents?limit=1") == [4])
        #expect(Self.query("/incidents?limit=0") == [4] && Self.query("/incidents?limit=x", limit: 2) == [4, 3])
        #expect(Self.query("/incidents?status=nothing&before=x") == [4, 3, 2, 1])
    }

    @Test func aTableIsQuotedWhereItHasTo() {
        let csv = String(decoding: IncidentDocuments.csv(Self.incidents, at: Self.start), as: UTF8.self)
        let lines = csv.split(separator: "\r\n").map(String.init)
        #expect(lines.count == 5 && lines[0].hasPrefix("id,component,status,reason,start,end,duration_seconds"))
        #expect(
            lines[1]
                == "1,db,unhealthy,connect_refused,2026-01-01T00:01:40.000Z,2026-01-01T00:02:40.000Z,60,false,false,"
        )
        #expect(lines[3].hasPrefix("3,\"a\"\"b,c\",unhealthy") && lines[3].hasSuffix(",db net"))
        #expect(lines[4].contains(",2026-01-01T00:06:40.000Z,,0,"))
    }

    @Test func aFeedIsXMLWithAnEntryForEach() throws {
        let identity = ServiceIdentity(name: "<s>", environment: "e", version: "v", instance: "i")
        let feed = IncidentDocuments.atom(
            Self.incidents,
            of: identity,
            address: "https://h",
            at: Self.start.advanced(by: .seconds(1000))
        )
        let text = String(decoding: feed, as: UTF8.self)
        #expect(text.matches(of: /<entry>/).count == 4 && text.matches(of: /<id>/).count == 5)
        #expect(text.contains("<title>&lt;s&gt; (e): incidents</title>"))
        #expect(text.contains("<title>db: unhealthy, over</title>") && text.contains("<title>db: unhealthy</title>"))
        #expect(text.contains("It lasted 10 min so far."))
        let ids = text.matches(of: /<id>([^<]*)<\/id>/).map { String($0.1) }
        #expect(Set(ids).count == ids.count)
    }

    @Test func theyAreReadableAsJSON() throws {
        let body = IncidentDocuments.json(Self.incidents, at: Self.start.advanced(by: .seconds(1000)))
        struct Row: Decodable {
            let id: Int
            let component: String
            let end: String?
            let durationSeconds: Double
            let roots: [String]
        }
        let rows = try Self.decoder.decode([Row].self, from: Data(body))
        #expect(rows.map(\.id) == [1, 2, 3, 4] && rows.map(\.durationSeconds) == [60, 60, 60, 600])
        #expect(rows[2].component == "a\"b,c" && rows[2].roots == ["db", "net"] && rows[3].end == nil)
    }

    @Test func aBadgeSaysItsValueInWords() throws {
        let sample = try HealthSample()
        let status = sample.pages.badge("payments", nil)
        let text = String(decoding: status.body, as: UTF8.self)
        #expect(
            text.contains("aria-label=\"payments: unhealthy\"") && text.contains("<title>payments: unhealthy</title>")
        )
        let ratio = String(decoding: sample.pages.badge("payments", .month).body, as: UTF8.self)
        #expect(ratio.contains("payments 30d: 50 %"))
        #expect(String(decoding: sample.pages.badge("feed", .week).body, as: UTF8.self).contains("feed 7d: no data"))
        #expect(sample.pages.badge("nobody", nil).status == 404)
    }

    @Test func theHistoryOfAComponentSaysWhatHappenedInEachSlot() throws {
        struct Slot: Decodable {
            let good: Int?
            let bad: Int?
            let result: String?
            let incidents: [[String: String?]]?
        }
        struct Document: Decodable {
            let by: String
            let stepSeconds: Int
            let slots: [Slot]
        }
        let pages = try HealthSample().pages
        func read(_ step: HistoryStep) throws -> Document {
            try Self.decoder.decode(Document.self, from: Data(pages.history(of: "payments", step).body))
        }
        let hours = try read(.hours)
        #expect(hours.by == "hours" && hours.stepSeconds == 3600 && hours.slots.count == 48)
        #expect(hours.slots.last?.good == 1 && hours.slots.last?.bad == 1 && hours.slots.first?.good == 0)
        #expect(hours.slots.last?.incidents?.first?["reason"] == "tls_expired")
        #expect(try read(.days).slots.count == 90)
        #expect(try read(.runs).slots.map(\.result) == ["success", "failure"])
    }
}
