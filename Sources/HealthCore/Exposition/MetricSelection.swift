/// Which families and samples a page has; a larger profile has all of a smaller one.
package enum MetricProfile: String, CaseIterable, Comparable, Sendable {
    /// What probes, alerts and the overview need.
    case lean
    /// What the dashboards show, without constants and without samples that can only be 0.
    case standard
    /// Everything.
    case full

    /// By size.
    package static func < (left: MetricProfile, right: MetricProfile) -> Bool { left.size < right.size }

    private var size: Int {
        switch self {
        case .lean: 0
        case .standard: 1
        case .full: 2
        }
    }
}

/// The forms in which a page has histograms.
package enum HistogramForms: String, CaseIterable, Sendable {
    /// A series for each bucket.
    case classic
    /// One series with exponential buckets, in protocol buffers; the text formats have its sum and count.
    case native
    /// Both, for servers of either kind.
    case both
    /// None.
    case none

    /// Whether there is a series for each bucket.
    package var hasClassic: Bool { self == .classic || self == .both }
    /// Whether there are exponential buckets.
    package var hasNative: Bool { self == .native || self == .both }
}

/// What a page has of all that could be on it.
package struct MetricSelection: Sendable, Hashable {
    /// Which families and samples.
    package var profile: MetricProfile
    /// In which form histograms are among them.
    package var histograms: HistogramForms

    /// A selection; everything when nothing is said.
    package init(profile: MetricProfile = .full, histograms: HistogramForms = .classic) {
        self.profile = profile
        self.histograms = histograms
    }

    /// Whether it has a family.
    package func includes(_ family: MetricDeclaration) -> Bool {
        family.profile <= profile && (family.type != .histogram || histograms != .none)
    }
}
