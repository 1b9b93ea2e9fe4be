extension MetricSource {
    /// What is known about each component.
    package static let components = MetricSource(ComponentFamilies.all, blocks: \.components.blocks)
}

/// The status of components, their success, and what is said about them.
enum ComponentFamilies {
    private static let statuses = EncodedCases<HealthStatus>("status")
    private static let windows = EncodedCases<SuccessWindows.Window>("window")
    private static let reasons = EncodedCases<Suppression.Reason>("reason")

    /// In the order of the page.
    static let all: [MetricFamily<ComponentRows>] = [
        .ofComponents(
            "health_component_info",
            type: .info,
            labels: ["impact", "scope", "owner", "runbook", "group"],
            from: .lean,
            origin: .registration,
            help: "Static facts about a component."
        ) { row, writer in
            let component = row.component
            let facts = LabelText.encode([
                ("impact", component.impact.rawValue), ("scope", component.scope.rawValue),
                ("owner", component.owner ?? ""), ("runbook", component.runbook ?? ""),
                ("group", component.group?.name ?? ""),
            ])
            writer.sample(1, labels: row.labels, extra: facts)
        },
        .ofComponents(
            "health_component_status",
            labels: ["status"],
            from: .lean,
            help: "1 for the component's current status, 0 for the others."
        ) { row, writer in
            writer.states(row.component.state.status, of: statuses, labels: row.labels)
        },
        .ofComponents(
            "health_component_success_ratio",
            labels: ["window"],
            origin: .moment,
            help:
                "Successful and degraded runs over all runs and slots lost to hung runs or open breakers, in the window."
        ) { row, writer in
            for (reading, window) in zip(row.success, windows.all) where !reading.isTooShort {
                if let ratio = reading.ratio { writer.sample(ratio, labels: row.labels, extra: window.label) }
            }
        },
        .ofComponents(
            "health_component_objective_ratio",
            from: .lean,
            origin: .registration,
            help: "The success ratio aimed at."
        ) {
            $1.sample($0.component.registration.objective, labels: $0.labels)
        },
        .ofComponents(
            "health_component_suppressed",
            labels: ["reason"],
            from: .lean,
            help: "1 while alerts about the component are suppressed, by reason."
        ) { row, writer in
            for (reason, label) in reasons.all where row.isFull || row.isSuppressible {
                let isActive = row.suppression.isActive(reason)
                writer.sample(isActive ? 1 : 0, labels: row.labels, extra: label)
            }
        },
        .ofComponents(
            "health_component_drill_active",
            from: .lean,
            help: "1 while a drill shows the component otherwise than it is."
        ) { row, writer in
            guard row.isFull || row.component.state.hasDrilled else { return }
            writer.sample(row.component.state.drill == nil ? 0 : 1, labels: row.labels)
        },
        .ofComponents(
            "health_component_last_transition_timestamp_seconds",
            from: .lean,
            help: "When the component's status last changed; 0 is never."
        ) { row, writer in
            writer.sample(row.component.state.since?.seconds ?? 0, labels: row.labels)
        },
    ]
}
