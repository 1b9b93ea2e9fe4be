import HealthChecks
import HealthCore
import Testing

/// The page of all kinds, made from their declarations.
struct KindReferenceTests {
    @Test func theListOfKindsIsTheOneOfTheCode() throws {
        var page = ReferencePage(
            name: "KindReference",
            title: "Kinds of checks",
            abstract: "Every kind with its keys and what it can measure."
        )
        page.body =
            "<doc:KeyReference> describes the keys, <doc:MetricReference> the measurements.\n\n"
            + ReferencePage.table(
                ["Kind", "What it does", "Keys", "Measurements"],
                rows: CheckCatalog.kinds.map { kind in
                    [
                        "`\(kind.name)`", kind.summary,
                        Self.list(
                            kind.keys.filter(\.isSupported).map {
                                "`\($0.name)`" + ($0.isRequired ? " (required)" : "")
                            }
                        ),
                        Self.list(kind.measurements.map { "`\($0.name)`" }),
                    ]
                }
            )
        try page.check()
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
