import HealthCore
import HealthTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Whole pages, byte for byte: a change of one is a change of what dashboards and rules rest on.
///
/// `UPDATE_GOLDEN=1` writes them anew. In the files a NUL is written `␀`, so that tools take them for text.
@Suite struct GoldenPageTests {
    @Test(arguments: [(TextEncoder.Syntax.prometheus, "text.txt"), (.openMetrics, "openmetrics.txt")])
    func pagesStayAsTheyAre(format: TextEncoder.Syntax, name: String) throws {
        let page = String(decoding: try ExpositionSample().page(format), as: UTF8.self)
        let actual = page.replacing("\u{0}", with: "␀")
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/\(name)")
        if Environment["UPDATE_GOLDEN"] == "1" { try Data(actual.utf8).write(to: file) }
        let expected = String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
        guard actual != expected else { return }
        let (new, old) = (lines(actual), lines(expected))
        let difference = zip(new + [""], old + [""]).first { $0 != $1 }
        Issue.record(
            """
            Golden/\(name) differs (\(old.count) lines, now \(new.count)); the first that does:
            - \(difference?.1 ?? "")
            + \(difference?.0 ?? "")
            When it is meant so: UPDATE_GOLDEN=1 CORE_ONLY=1 swift test --scratch-path .build/core --filter GoldenPage
            """
        )
    }

    private func lines(_ text: String) -> [String] {
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
