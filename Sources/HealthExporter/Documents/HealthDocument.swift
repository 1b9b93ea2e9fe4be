package import HealthCore

/// `/health/detailed` and the elements of `/api/v1/components`: everything that is known, for people who look for a fault.
package struct HealthDocument: Sendable {
    /// Who the service is.
    package let identity: ServiceIdentity
    /// What is known about status.
    package let health: HealthSnapshot
    /// What was counted and measured, of the same generation of the registry.
    package let metrics: MetricsRecorder.Snapshot
    /// When each check is next due, in the order of the snapshot's checks.
    package let nextDue: [Moment?]
    /// When it is made, on the monotonic time line.
    package let now: Moment
    /// When it is made, in civil time.
    package let timestamp: Timestamp
    /// Whether the reader may see targets, messages, details and measurements.
    package let showsDetails: Bool

    /// A document of what is known at one moment.
    package init(
        identity: ServiceIdentity,
        health: HealthSnapshot,
        metrics: MetricsRecorder.Snapshot,
        nextDue: [Moment?],
        now: Moment,
        timestamp: Timestamp,
        showsDetails: Bool
    ) {
        self.identity = identity
        self.health = health
        self.metrics = metrics
        self.nextDue = nextDue
        self.now = now
        self.timestamp = timestamp
        self.showsDetails = showsDetails
    }

    /// The whole document.
    package func render() -> [UInt8] {
        JSONWriter.document { json in
            ProbeDocuments.readinessFields(
                health.verdict,
                uptime: Moment.zero.duration(to: now),
                at: timestamp,
                countsComponents: false,
                into: &json
            )
            json.field("service", ServiceDocument(identity: identity))
            json.field("components", parts: components)
        }
    }

    /// The components alone, as an array.
    package func renderComponents() -> [UInt8] {
        var json = JSONWriter()
        json.array(components) { $1.write(into: &$0) }
        return json.bytes
    }

    /// One component; nil when there is none of that name.
    package func renderComponent(named name: String) -> [UInt8]? {
        guard let component = health.components.first(where: { $0.registration.name == name }) else { return nil }
        var json = JSONWriter()
        document(of: component).write(into: &json)
        return json.bytes
    }

    /// The same as `application/health+json`.
    package func renderHealthJSON() -> [UInt8] {
        HealthJSONDocument(identity: identity, health: health, showsDetails: showsDetails).render()
    }

    private var components: some Sequence<ComponentDocument> {
        health.componentsWorstFirst.lazy.map(document(of:))
    }

    private func document(of component: HealthSnapshot.Component) -> ComponentDocument {
        ComponentDocument(
            component: component,
            reason: health.reason(of: component),
            suppression: health.suppression(of: component),
            ratios: metrics.components[component.registration.name]?.readings(at: now) ?? [],
            checks: component.checks.map(checkDocument),
            now: now
        )
    }

    private func checkDocument(at index: CheckIndex) -> CheckDocument {
        let check = health.checks[index]
        let next = nextDue.indices.contains(index.position) ? nextDue[index.position] : nil
        return CheckDocument(
            check: check,
            metrics: metrics.checks[check.handle],
            nextRun: next.map { timestamp.advanced(by: now.duration(to: $0)) },
            now: now,
            timestamp: timestamp,
            showsDetails: showsDetails
        )
    }
}

extension HealthSnapshot {
    /// The components in the order of documents: the worst status first, then as they were registered.
    var componentsWorstFirst: [Component] {
        HealthStatus.allCases.reversed().flatMap { status in components.filter { $0.state.status == status } }
    }
}

/// Who the service is.
struct ServiceDocument: JSONPart {
    /// Its names.
    let identity: ServiceIdentity

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("name", identity.name)
            json.field("environment", identity.environment)
            json.field("version", identity.version)
            json.field("instance", identity.instance)
        }
    }
}
