import HealthCore
import HealthTesting
import NIOCore
import Testing

@testable import HealthExporter

/// Pages of metrics, kept as long as they are small or compressed.
struct MetricsPagesTests {
    private static func exposition(checks: Int) throws -> Exposition {
        let identity = ServiceIdentity(name: "orders", environment: "e", version: "v", instance: "i")
        let (store, recorder) = (StatusStore(time: ManualTime()) { _ in }, MetricsRecorder(identity: identity))
        let generations = GenerationStore(status: store, recorder: recorder)
        var registry = CheckRegistry()
        for number in 0..<checks { try registry.add(.make("c\(number)")) }
        generations.apply(registry)
        let scrape = Scrape(of: generations.snapshot(), identity, now: .zero)
        return Exposition(scrape, sources: [.target, .checks, .components, .service])
    }

    private static func bytes(_ page: MetricsPages.Page) -> [UInt8] {
        page.content.flatMap(\.readableBytesView)
    }

    /// How many parts of a page are the very memory of another one.
    private static func shared(_ page: MetricsPages.Page, with other: MetricsPages.Page) -> Int {
        func places(_ page: MetricsPages.Page) -> [UnsafeRawPointer?] {
            unsafe page.content.map { unsafe $0.withUnsafeReadableBytes { $0.baseAddress } }
        }
        return unsafe zip(places(page), places(other)).count { unsafe $0 == $1 }
    }

    @Test func eachCodingAndFormatHasItsOwnPageAndSharesItsParts() throws {
        let exposition = try Self.exposition(checks: 200)
        let pages = MetricsPages(histograms: .classic, started: .newYear2026)
        let text = exposition.text(.prometheus)
        let first = pages.render(exposition, .text, gzip: false)
        let compressed = pages.render(exposition, .text, gzip: true)
        let second = pages.render(exposition, .text, gzip: false)
        #expect(Self.bytes(first) == text && Self.bytes(second) == text)
        #expect(Self.shared(second, with: first) > 60)
        #expect(compressed.isCompressed && Self.bytes(compressed).count * 5 < text.count)
        #expect(Self.shared(pages.render(exposition, .text, gzip: true), with: compressed) > 60)
        let other = pages.render(exposition, .openMetrics, gzip: false)
        #expect(Self.bytes(other) == exposition.text(.openMetrics))
        for _ in 0..<10 { _ = pages.render(exposition, .text, gzip: true) }
        let forgotten = pages.render(exposition, .openMetrics, gzip: false)
        #expect(Self.shared(forgotten, with: other) == 0 && Self.bytes(forgotten) == Self.bytes(other))
    }

    @Test func aLargePlainPageIsNotKept() throws {
        let exposition = try Self.exposition(checks: 2500)
        let pages = MetricsPages(histograms: .classic, started: .newYear2026)
        let first = pages.render(exposition, .text, gzip: false)
        let second = pages.render(exposition, .text, gzip: false)
        let bytes = Self.bytes(first)
        #expect(bytes.count > 8 * 1024 * 1024)
        #expect(Self.bytes(second) == bytes && Self.shared(second, with: first) == 0)
    }
}
