/// A component on a page of metrics.
///
/// A class, so that a walk over the components copies one reference for each.
final class ComponentRow: Sendable {
    /// Its status and registration.
    let component: HealthSnapshot.Component
    /// Whether alerts about it are suppressed, and why.
    let suppression: Suppression
    /// Whether alerts about it can be suppressed at all.
    let isSuppressible: Bool
    /// `component="…"` and the labels of the service, encoded.
    let labels: [UInt8]
    /// Its success in each window.
    let success: [SuccessWindows.Reading]
    /// What the page has of it.
    let profile: MetricProfile

    /// A row.
    init(_ component: HealthSnapshot.Component, of scrape: Scrape) {
        let (health, name) = (scrape.health, component.registration.name)
        self.component = component
        suppression = health.suppression(of: component)
        isSuppressible = health.isSuppressible(component)
        labels = scrape.identity.labels([("component", name)])
        success = scrape.metrics.components[name]?.readings(at: scrape.now) ?? []
        profile = scrape.selection.profile
    }

    /// Whether the page has samples that can only be 0.
    var isFull: Bool { profile == .full }

    /// Two numbers that stay the same as long as all that its status samples say.
    fileprivate var statusVersion: [UInt64] {
        let state = component.state
        let facts = [
            isSuppressible, suppression.isActive(.dependency), suppression.isActive(.maintenance), state.hasDrilled,
            state.drill != nil,
        ]
        let flags = facts.reduce(UInt64(state.status.severity)) { $0 << 1 | ($1 ? 1 : 0) }
        return [flags, UInt64(bitPattern: state.since?.nanosecondsSinceEpoch ?? 0)]
    }
}

/// Components of a page, in the order of registration.
struct ComponentRows: Sendable {
    /// In the order of registration.
    let all: [ComponentRow]

    /// The same in blocks.
    var blocks: [MetricBlock<ComponentRows>] {
        all.slices(of: MetricBlock<ComponentRows>.size).map { rows in
            MetricBlock(ComponentRows(all: Array(rows)), statusVersion: rows.flatMap(\.statusVersion))
        }
    }
}

extension MetricFamily where Source == ComponentRows {
    /// A family with any number of samples for each component.
    static func ofComponents(
        _ name: String,
        type: MetricDeclaration.MetricType = .gauge,
        labels: [String] = [],
        from profile: MetricProfile = .standard,
        origin: SampleOrigin = .status,
        help: String,
        samples: @escaping @Sendable (ComponentRow, SampleWriter) -> Void
    ) -> MetricFamily {
        let labels = ["component"] + labels
        let declaration = MetricDeclaration(name, type: type, labels: labels, from: profile, help: help)
        return MetricFamily(declaration, origin: origin) { rows, writer in
            for row in rows.all { samples(row, writer) }
        }
    }
}
