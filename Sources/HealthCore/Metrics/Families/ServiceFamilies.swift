extension MetricSource {
    /// Whom the exporter speaks for; the first family of a page.
    package static let target = MetricSource(ServiceFamilies.target) { $0.identity }
    /// Groups, flags, and the service as a whole.
    package static let service = MetricSource(ServiceFamilies.status) { $0 }
}

/// The service: its names, its groups and flags, and its status.
enum ServiceFamilies {
    private static let statuses = EncodedCases<HealthStatus>("status")

    /// The first family of a page.
    static let target: [MetricFamily<ServiceIdentity>] = [
        MetricFamily(
            "target_info",
            type: .info,
            labels: ["service_name"],
            from: .lean,
            help: "The service that this exporter speaks for."
        ) { identity, writer in
            let labels = [("service_name", identity.name)] + identity.identityLabels
            writer.sample(1, labels: LabelText.encode(labels))
        }
    ]

    /// In the order of the page.
    static let status: [MetricFamily<Scrape>] = [
        MetricFamily(
            "health_group_status",
            type: .gauge,
            labels: ["group", "status"],
            from: .lean,
            help: "1 for the group's current status, 0 for the others."
        ) { scrape, writer in
            for group in scrape.health.groups {
                let labels = scrape.identity.labels([("group", group.registration.name)])
                writer.states(group.status, of: statuses, labels: labels)
            }
        },
        MetricFamily(
            "health_feature_flag_enabled",
            type: .gauge,
            labels: ["flag"],
            from: .lean,
            help: "1 while the flag is on, else 0."
        ) { scrape, writer in
            for flag in scrape.health.flags {
                writer.sample(flag.isOn ? 1 : 0, labels: scrape.identity.labels([("flag", flag.name)]))
            }
        },
        MetricFamily(
            "health_service_status",
            type: .gauge,
            labels: ["status"],
            from: .lean,
            help: "1 for the service's current status, 0 for the others."
        ) { scrape, writer in
            writer.states(scrape.health.verdict.service, of: statuses)
        },
    ]
}
