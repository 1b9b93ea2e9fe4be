import HealthCore

/// The objectives of a configuration as documents for tools that make rules or dashboards of objectives.
///
/// What counts is as in the shipped rules: slots are runs and those that a hung run or an open breaker took, without runs of result
/// `internal`; bad are those that failed, timed out or were taken.
package struct ObjectiveDocuments {
    /// The format of a tool.
    package enum Format: String, CaseIterable, Sendable {
        /// OpenSLO v1 (https://github.com/OpenSLO/OpenSLO): an `SLO` for each component.
        case openslo
        /// Sloth's `prometheus/v1` (https://sloth.dev/specs/default/v1): one document, without alerts of its own.
        case sloth
        /// Pyrra's `pyrra.dev/v1alpha1` (https://github.com/pyrra-dev/pyrra): a `ServiceLevelObjective` for each component. A ratio
        /// there has one metric, so it counts runs only.
        case pyrra
    }

    private let identity: ServiceIdentity
    private let job: String?
    private let components: [ComponentRegistration]
    /// What the document of each component is called.
    private let names: [String: String]

    /// The objectives of every component that allows any failure.
    ///
    /// - Parameter job: the label `job` that Prometheus gives to what it scrapes from this service; nil selects every job.
    package init(_ configuration: ExporterConfiguration, job: String?) {
        identity = configuration.identity
        self.job = job
        components = configuration.registry.components.map(\.registration)
        var (names, taken): ([String: String], Set<String>) = ([:], [])
        for component in components {
            let wanted = Self.resourceName("\(identity.name)-\(component.name)")
            var (name, number) = (wanted, 2)
            while !taken.insert(name).inserted { (name, number) = ("\(wanted)-\(number)", number + 1) }
            names[component.name] = name
        }
        self.names = names
    }

    /// The documents as YAML, in the order of the configuration; what has an objective of 100 % is named in a comment.
    package func render(_ format: Format) -> String {
        let withBudget = components.filter { $0.objective < 1 }
        let perfect = components.filter { $0.objective >= 1 }.map {
            "# \($0.name) has an objective of 100 %, which leaves no budget to watch.\n"
        }
        let documents =
            switch format {
            case .openslo: withBudget.map(openSLO).joined(separator: "---\n")
            case .sloth: withBudget.isEmpty ? "" : slothHead + withBudget.map(sloth).joined()
            case .pyrra: withBudget.map(pyrra).joined(separator: "---\n")
            }
        return perfect.joined() + documents
    }

    private func openSLO(_ component: ComponentRegistration) -> String {
        """
        apiVersion: openslo/v1
        kind: SLO
        metadata:
          name: \(names[component.name] ?? component.name)
          displayName: \(quoted("\(component.name) of \(identity.name)"))
        spec:
          description: \(quoted(description(of: component)))
          service: \(quoted(identity.name))
          indicator:
            metadata:
              name: \(names[component.name] ?? component.name)
            spec:
              ratioMetric:
                counter: true
                bad:
                  metricSource:
                    type: Prometheus
                    spec:
                      query: \(quoted("sum(\(slots(of: component, onlyBad: true)))"))
                total:
                  metricSource:
                    type: Prometheus
                    spec:
                      query: \(quoted("sum(\(slots(of: component)))"))
          timeWindow:
            - duration: 30d
              isRolling: true
          budgetingMethod: Occurrences
          objectives:
            - target: \(JSONWriter.text(of: component.objective))

        """
    }

    private var slothHead: String {
        """
        version: prometheus/v1
        service: \(quoted(identity.name))
        slos:

        """
    }

    private func sloth(_ component: ComponentRegistration) -> String {
        let owner = component.owner.map { "\n    labels: {owner: \(quoted($0))}" } ?? ""
        let window = "[{{.window}}]"
        return """
              - name: \(quoted(component.name))
                objective: \(percentage(of: component))
                description: \(quoted(description(of: component)))\(owner)
                sli:
                  events:
                    error_query: \(quoted("sum(rate(\(slots(of: component, onlyBad: true))\(window)))"))
                    total_query: \(quoted("sum(rate(\(slots(of: component))\(window)))"))
                alerting:
                  page_alert: {disable: true}
                  ticket_alert: {disable: true}

            """
    }

    private func pyrra(_ component: ComponentRegistration) -> String {
        let runs = "health_check_runs_total"
        return """
            apiVersion: pyrra.dev/v1alpha1
            kind: ServiceLevelObjective
            metadata:
              name: \(names[component.name] ?? component.name)
            spec:
              target: \(quoted(percentage(of: component)))
              window: 30d
              description: \(quoted(description(of: component)))
              alerting:
                disabled: true
              indicator:
                ratio:
                  errors:
                    metric: \(quoted("\(runs){\(selector(of: component)), result=~\"failure|timeout\"}"))
                  total:
                    metric: \(quoted("\(runs){\(selector(of: component)), result!=\"internal\"}"))

            """
    }

    private func slots(of component: ComponentRegistration, onlyBad: Bool = false) -> String {
        let names = #"__name__=~"health_check_runs_total|health_check_skips_total""#
        let result = onlyBad ? #"result=~"|failure|timeout""# : #"result!="internal""#
        return "{\(names), \(selector(of: component)), \(result), reason=~\"|overlap|circuit_open\"}"
    }

    /// The labels of a component's series.
    private func selector(of component: ComponentRegistration) -> String {
        var labels = job.map { ["job=\(quoted($0))"] } ?? []
        if identity.labelsEverySample { labels.append("environment=\(quoted(identity.environment))") }
        return (labels + ["component=\(quoted(component.name))"]).joined(separator: ", ")
    }

    /// A name as Kubernetes takes it (RFC 1123): in lower case, with `-` in place of what it doesn't allow.
    private static func resourceName(_ text: String) -> String {
        let allowed = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(String(allowed).drop { $0 == "-" }.prefix(200))
    }

    private func description(of component: ComponentRegistration) -> String {
        let runbook = component.runbook.map { "; runbook: \($0)" } ?? ""
        return "Health checks of \(component.name) in \(identity.environment) that succeed\(runbook)"
    }

    private func percentage(of component: ComponentRegistration) -> String {
        // Of tenths of a thousandth: 0.999 is no exact number in binary.
        JSONWriter.text(of: (component.objective * 1e9).rounded() / 1e7)
    }

    /// A string in YAML, whose flow scalars take JSON's (YAML 1.2 §1.3), and in PromQL.
    private func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
