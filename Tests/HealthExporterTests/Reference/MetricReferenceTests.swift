import Foundation
import HealthChecks
import HealthCore
import Testing

@testable import HealthExporter

@Suite struct MetricReferenceTests {
    private static let declarations = ExporterMetrics.everySeries(eventLoops: 1, hasState: true).sources.flatMap(
        \.declarations
    )

    @Test func theListOfFamiliesIsTheOneOfTheCode() throws {
        var page = ReferencePage(
            name: "MetricReference",
            title: "Metric families",
            abstract: "Every family of `/metrics` in the order of the page, and what each kind of check measures."
        )
        page.body =
            "Every sample also has the labels `environment`, `version` and `instance`. <doc:Metrics> says what the numbers mean, and what the profiles are.\n\n"
            + ReferencePage.table(
                ["Name", "Type", "Labels", "Profile", "Help"],
                rows: Self.declarations.map { family in
                    [
                        "`\(family.name)`", family.type.rawValue,
                        family.labels.map { "`\($0)`" }.joined(separator: ", "), family.profile.rawValue, family.help,
                    ]
                }
            )
            + "\n## Measurements of the kinds\n\n"
            + "Each is a gauge with the labels `component` and `check`. It stands behind the other families of checks.\n\n"
            + ReferencePage.table(
                ["Kind", "Name", "Help"],
                rows: CheckCatalog.kinds.flatMap { kind in
                    kind.measurements.map { ["`\(kind.name)`", "`\($0.name)`", $0.help] }
                }
            )
        try page.check()
    }

    @Test func theSmallestProfileHasWhatTheRulesNeed() throws {
        let file = SourceFile.root.appending(path: "deploy/prometheus/rules.yaml")
        let rules = try String(contentsOf: file, encoding: .utf8)
        let named = Set(rules.matches(of: /(health|process)_[a-z_]+/).map { String($0.output.0) })
        let families = Self.declarations.filter { family in
            !named.isDisjoint(with: [family.name, "\(family.name)_bucket", "\(family.name)_count"])
        }
        #expect(families.count > 15)
        #expect(families.filter { $0.profile != .lean }.map(\.name) == [])
    }

    @Test func noTwoFamiliesHaveTheSameName() {
        let names = Self.declarations.map(\.name)
        let measured = Set(CheckCatalog.kinds.flatMap(\.measurements).map(\.name))
        #expect(names.count > 45 && Set(names).count == names.count && measured.isDisjoint(with: names))
    }

    /// Prometheus, "Metric and label naming"; OpenMetrics 1.0 on units and suffixes.
    @Test(arguments: declarations + CheckCatalog.kinds.flatMap(\.measurements).map(MeasurementFamilies.declaration))
    func namesFollowTheRulesOfTheFormats(family: MetricDeclaration) {
        // Prometheus takes capitals; only the placeholder of a queue's name has them.
        #expect(family.name.replacing("NAME", with: "name").wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, "\(family.name)")
        #expect(family.name.hasSuffix("_total") == (family.type == .counter), "\(family.name)")
        #expect(family.name.hasSuffix("_info") == (family.type == .info), "\(family.name)")
        #expect(family.labels.allSatisfy { $0.wholeMatch(of: /[a-z][a-z_]*/) != nil && $0 != "le" }, "\(family.labels)")
        #expect(Set(family.labels).count == family.labels.count, "\(family.name)")
        #expect(family.help.hasSuffix("."), "\(family.name): \(family.help)")
    }
}
