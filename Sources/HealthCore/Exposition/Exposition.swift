/// A page of metrics: everything known at one moment, rendered in a fixed order.
///
/// A scrape runs no check.
package struct Exposition: Sendable {
    private let scrape: Scrape
    private let families: [MetricSection.Family]

    /// A page of these sources, in their order; their numbers are read now.
    package init(_ scrape: Scrape, sources: [MetricSource]) {
        self.scrape = scrape
        families = sources.flatMap { $0.section(of: scrape).families }
    }

    /// Whether it has so few checks that they make one part of each family.
    package var isSmall: Bool { scrape.checks.all.count <= MetricBlock<CheckRows>.size }

    /// The page in parts.
    ///
    /// - Parameters:
    ///   - encoder: of the format, the same for each page.
    ///   - last: the page before; parts that did not change since are taken from it.
    ///   - part: what is made of the bytes of a part, such as a compressed one.
    package func render<Part>(
        with encoder: any SampleEncoder,
        after last: RenderedPage<Part>? = nil,
        _ part: ([UInt8]) -> Part
    ) -> RenderedPage<Part> {
        let writer = SampleWriter(encoder, serviceLabels: scrape.identity.labels())
        let last = last.flatMap { $0.generation == scrape.metrics.generation ? $0 : nil }
        var page = RenderedPage<Part>(generation: scrape.metrics.generation)
        for (index, family) in families.enumerated() {
            encoder.begin(family.declaration)
            let old = last?.families[index]
            let samples = family.parts.enumerated().map { number, samples in
                if let old = old?.samples[number], let version = old.version, version == samples.version { return old }
                encoder.beginPart()
                encoder.created = nil
                samples.write(writer)
                let bytes = encoder.bytes
                return RenderedPage<Part>.Samples(version: samples.version, length: bytes.count, part: part(bytes))
            }
            let length = samples.reduce(0) { $0 + $1.length }
            let head = old?.length == length ? old?.head : nil
            page.families.append(
                RenderedPage.Family(
                    head: head ?? part(encoder.head(of: family.declaration, samples: length)),
                    length: length,
                    samples: samples
                )
            )
        }
        page.end = part(encoder.end)
        return page
    }

    /// The page in one of the text formats, as one.
    package func text(_ syntax: TextEncoder.Syntax) -> [UInt8] {
        let encoder = TextEncoder(syntax, histograms: scrape.selection.histograms)
        return render(with: encoder) { $0 }.bytes
    }

    /// How many sample lines a page in text has.
    package static func seriesCount(_ page: [UInt8]) -> Int {
        page.split(separator: UInt8(ascii: "\n")).count { $0.first != UInt8(ascii: "#") }
    }
}

/// A page in parts, of which the next page takes those that did not change.
package struct RenderedPage<Part: Sendable>: Sendable {
    fileprivate struct Samples: Sendable {
        let version: [UInt64]?
        let length: Int
        let part: Part
    }

    fileprivate struct Family: Sendable {
        let head: Part
        let length: Int
        let samples: [Samples]
    }

    /// Of the registry.
    fileprivate let generation: UInt64
    fileprivate var families: [Family] = []
    fileprivate var end: Part?

    fileprivate init(generation: UInt64) {
        self.generation = generation
    }

    /// The parts in their order.
    package var parts: [Part] {
        families.flatMap { family in [family.head] + family.samples.map(\.part) } + (end.map { [$0] } ?? [])
    }
}

extension RenderedPage<[UInt8]> {
    /// The page as one.
    package var bytes: [UInt8] { parts.reduce(into: []) { $0 += $1 } }
}
