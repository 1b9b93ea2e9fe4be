/// What the samples of a family follow from; they stay the same as long as that does.
package enum SampleOrigin: Sendable {
    /// How things are registered.
    case registration
    /// Their status.
    case status
    /// Their runs.
    case runs
    /// Time, or what nobody keeps count of.
    case moment
}

/// Some of what a family shows, such as 64 checks.
struct MetricBlock<Source: Sendable>: Sendable {
    /// The numbers.
    let source: Source
    /// Differs when the statuses do.
    var statusVersion: [UInt64]?
    /// Differs when runs were made.
    var runsVersion: [UInt64]?

    /// So many rows are rendered as one: smaller parts compress worse, of larger ones more is rendered again when one check has run.
    static var size: Int { 64 }

    /// A block; without versions it is rendered for each page.
    init(_ source: Source, statusVersion: [UInt64]? = nil, runsVersion: [UInt64]? = nil) {
        self.source = source
        self.statusVersion = statusVersion
        self.runsVersion = runsVersion
    }

    /// Differs from that of another page when samples of the origin may do; nil is always.
    func version(of origin: SampleOrigin) -> [UInt64]? {
        switch origin {
        case .registration: []
        case .status: statusVersion
        case .runs: runsVersion
        case .moment: nil
        }
    }
}

/// Families with the numbers of one scrape.
struct MetricSection: Sendable {
    /// The samples of a family, in parts.
    struct Family: Sendable {
        /// What the page says about it.
        let declaration: MetricDeclaration
        /// In the order of the page.
        let parts: [Part]
    }

    /// Samples that are rendered, kept and sent as one.
    struct Part: Sendable {
        /// Equal to that of the last page when the samples are; nil when that is not known.
        let version: [UInt64]?
        /// Writes the samples.
        let write: @Sendable (SampleWriter) -> Void
    }

    /// In the order of the page.
    let families: [Family]

    /// The families of a source, with its numbers.
    init<Source: Sendable>(
        _ families: [MetricFamily<Source>],
        blocks: [MetricBlock<Source>],
        _ selection: MetricSelection
    ) {
        self.families = families.filter { selection.includes($0.declaration) }.map { family in
            Family(
                declaration: family.declaration,
                parts: blocks.map { block in
                    Part(version: block.version(of: family.origin)) { family.samples(block.source, $0) }
                }
            )
        }
    }
}

extension Array {
    /// Slices of so many elements each, the last with the rest.
    func slices(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
