/// One part of a page: families, and where their numbers come from.
///
/// A page is the concatenation of its sources, each with its families in the order of their list.
package struct MetricSource: Sendable {
    /// The families that are known before a scrape, in the order of the page.
    package let declarations: [MetricDeclaration]
    private let read: @Sendable (Scrape) -> MetricSection

    /// A source with families that are always the same.
    ///
    /// - Parameter source: the numbers; called once a page, before anything of it is rendered.
    package init<Source: Sendable>(
        _ families: [MetricFamily<Source>],
        source: @escaping @Sendable (Scrape) -> Source
    ) {
        self.init(families, blocks: { [MetricBlock(source($0))] })
    }

    /// A source whose numbers come in blocks, of which those that did not change need not be rendered again.
    ///
    /// - Parameter blocks: in the order of the page; as many, of the same things, for each page of one generation of the registry.
    init<Source: Sendable>(
        _ families: [MetricFamily<Source>],
        blocks: @escaping @Sendable (Scrape) -> [MetricBlock<Source>]
    ) {
        declarations = families.map(\.declaration)
        read = { MetricSection(families, blocks: blocks($0), $0.selection) }
    }

    /// A source whose families depend on what is registered.
    init(read: @escaping @Sendable (Scrape) -> MetricSection) {
        declarations = []
        self.read = read
    }

    /// Reads the numbers for one page.
    func section(of scrape: Scrape) -> MetricSection {
        read(scrape)
    }
}
