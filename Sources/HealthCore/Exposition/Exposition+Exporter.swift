extension Exposition {
    /// The service as a whole, and its probes.
    func renderService(into writer: inout ExpositionWriter) {
        let labels = identity.labels()
        writer.family(MetricCatalog.serviceStatus)
        writer.statuses(labels, health.verdict.service)
        let probes = facts.probes.map { (probe: $0, label: encodedLabel("probe", $0.name)) }
        writer.family(MetricCatalog.probePassing)
        for (probe, label) in probes { writer.sample(labels, extra: label, probe.isPassing ? 1.0 : 0) }
        writer.family(MetricCatalog.probeLastRequest)
        for (probe, label) in probes { writer.sample(labels, extra: label, probe.lastRequest?.seconds ?? 0) }
    }

    /// The exporter's own state.
    func renderExporter(into writer: inout ExpositionWriter) {
        let labels = identity.labels()
        let build = LabelText.encode([
            ("exporter_version", facts.build.exporterVersion), ("swift_version", facts.build.swiftVersion),
            ("revision", facts.build.revision),
        ])
        writer.family(MetricCatalog.buildInfo)
        writer.sample(labels, extra: build, 1.0)
        writer.single(MetricCatalog.reloadSuccessful, labels, facts.reloads.lastWasSuccessful ? 1 : 0)
        writer.single(MetricCatalog.reloadTimestamp, labels, facts.reloads.lastSuccess?.seconds ?? 0)
        writer.family(MetricCatalog.reloads)
        writer.sample(labels, extra: encodedLabel("result", "success"), facts.reloads.successes)
        writer.sample(labels, extra: encodedLabel("result", "failure"), facts.reloads.failures)
        writer.single(MetricCatalog.checks, labels, Double(health.checks.count))
        writer.single(MetricCatalog.runsInFlight, labels, Double(facts.runsInFlight))
        writer.single(MetricCatalog.runsOverdue, labels, Double(facts.runsOverdue))
        writer.family(MetricCatalog.scheduleDelay)
        writer.histogram(labels, bounds: encodedBounds(MetricsRecorder.scheduleDelayBounds), metrics.scheduleDelay)
        writer.family(MetricCatalog.stall)
        for (name, age) in facts.stallAges {
            writer.sample(labels, extra: encodedLabel("loop", name), age.seconds)
        }
        writer.single(MetricCatalog.stallLimit, labels, facts.stallLimit.seconds)
        renderListeners(into: &writer)
        writer.single(MetricCatalog.restartNeeded, labels, facts.reloads.needsRestart ? 1 : 0)
        writer.family(MetricCatalog.logEvents)
        for (level, count) in facts.logEvents { writer.sample(labels, extra: encodedLabel("level", level), count) }
        writer.family(MetricCatalog.logEventsDropped)
        writer.sample(labels, facts.logEventsDropped)
        writer.family(MetricCatalog.httpRequests)
        for requests in facts.requests {
            for (code, count) in zip(ExporterFacts.Requests.classes, requests.counts) {
                writer.sample(labels, extra: LabelText.encode([("handler", requests.handler), ("code", code)]), count)
            }
        }
    }

    private func renderListeners(into writer: inout ExpositionWriter) {
        let labels = identity.labels()
        let listeners = facts.connections.map { (facts: $0, label: encodedLabel("listener", $0.listener)) }
        writer.family(MetricCatalog.connections)
        for (facts, label) in listeners { writer.sample(labels, extra: label, Double(facts.open)) }
        writer.family(MetricCatalog.connectionsRefused)
        for (facts, label) in listeners { writer.sample(labels, extra: label, facts.refused) }
        writer.family(MetricCatalog.scrapeRender)
        if let duration = facts.scrapeRender { writer.sample(labels, duration.seconds) }
    }

    /// The process, as far as the operating system tells.
    func renderProcess(into writer: inout ExpositionWriter) {
        let labels = identity.labels()
        let process = facts.process
        let families: [(MetricFamily, Double?)] = [
            (MetricCatalog.processCPU, process.cpuSeconds),
            (MetricCatalog.processResidentMemory, process.residentBytes),
            (MetricCatalog.processVirtualMemory, process.virtualBytes),
            (MetricCatalog.processOpenDescriptors, process.openDescriptors),
            (MetricCatalog.processMaximumDescriptors, process.maximumDescriptors),
            (MetricCatalog.processStart, process.startSeconds),
            (MetricCatalog.processThreads, process.threads),
        ]
        for (family, value) in families {
            writer.family(family)
            if let value { writer.sample(labels, value) }
        }
    }
}

extension ExpositionWriter {
    /// A family of one sample.
    fileprivate mutating func single(_ family: MetricFamily, _ labels: [UInt8], _ value: Double) {
        self.family(family)
        sample(labels, value)
    }
}
