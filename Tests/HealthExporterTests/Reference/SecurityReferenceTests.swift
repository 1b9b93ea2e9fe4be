import Foundation
import Testing

@testable import HealthExporter

/// The threat model of SECURITY.md against the table of endpoints.
@Suite struct SecurityReferenceTests {
    private static func text() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: ".github/SECURITY.md"), encoding: .utf8)
    }

    /// Who may use an endpoint, as the second column begins.
    private static func audience(_ access: Endpoint.Access) -> String {
        switch access {
        case .open: "everybody"
        case .details: "everybody; `web.details`"
        case .lifecycle: "`web.lifecycle`"
        case .token: "`token`, else loopback"
        }
    }

    @Test func everyPathIsADoorOfTheThreatModel() throws {
        let rows = try Self.text().matches(of: /\n\| `(\/[^`]*)` \| ([^|]+) \| ([^|]+) \|/)
        let written = Dictionary(rows.map { (String($0.1), String($0.2)) }, uniquingKeysWith: { first, _ in first })
        #expect(rows.count == written.count, "a path has two rows")
        let wanted = Endpoint.all.map { ($0.path, Self.audience($0.access)) }
        #expect(written == Dictionary(wanted, uniquingKeysWith: { first, _ in first }))
    }
}
