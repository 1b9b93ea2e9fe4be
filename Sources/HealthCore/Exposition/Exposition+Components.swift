extension Exposition {
    private typealias Row = (component: HealthSnapshot.Component, labels: [UInt8])

    /// The families that each component has.
    func renderComponents(into writer: inout ExpositionWriter) {
        let rows: [Row] = health.components.map { ($0, identity.labels([("component", $0.registration.name)])) }
        writer.family(MetricCatalog.componentInfo)
        for row in rows { writer.sample(row.labels, extra: staticFacts(row.component), 1.0) }
        writer.family(MetricCatalog.componentStatus)
        for row in rows { writer.statuses(row.labels, row.component.state.status) }
        writer.family(MetricCatalog.successRatio)
        for row in rows {
            let readings = metrics.components[row.component.registration.name]?.readings(at: now) ?? []
            for reading in readings where !reading.isTooShort {
                guard let ratio = reading.ratio else { continue }
                writer.sample(row.labels, extra: encodedLabel("window", reading.window.rawValue), ratio)
            }
        }
        writer.family(MetricCatalog.objectiveRatio)
        for row in rows { writer.sample(row.labels, row.component.registration.objective) }
        writer.family(MetricCatalog.suppressed)
        for row in rows {
            for reason in Suppression.Reason.allCases {
                let isActive = row.component.suppression.isActive(reason)
                writer.sample(row.labels, extra: encodedLabel("reason", reason.rawValue), isActive ? 1.0 : 0)
            }
        }
        writer.family(MetricCatalog.drillActive)
        for row in rows { writer.sample(row.labels, row.component.state.drill == nil ? 0.0 : 1) }
        writer.family(MetricCatalog.lastTransition)
        for row in rows { writer.sample(row.labels, row.component.state.since?.seconds ?? 0) }
        writer.family(MetricCatalog.groupStatus)
        for group in health.groups {
            writer.statuses(identity.labels([("group", group.registration.name)]), group.status)
        }
        writer.family(MetricCatalog.flagEnabled)
        for flag in health.flags { writer.sample(identity.labels([("flag", flag.name)]), flag.isOn ? 1.0 : 0) }
    }

    private func staticFacts(_ component: HealthSnapshot.Component) -> [UInt8] {
        LabelText.encode([
            ("impact", component.impact.rawValue), ("scope", component.scope.rawValue),
            ("owner", component.owner ?? ""), ("runbook", component.runbook ?? ""),
            ("group", component.group?.name ?? ""),
        ])
    }
}
