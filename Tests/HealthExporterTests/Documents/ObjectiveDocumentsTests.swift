import HealthCore
import Testing

@testable import HealthExporter

/// Objectives as other tools read them.
struct ObjectiveDocumentsTests {
    private static let file = """
        service: {name: orders, environment: prod}
        components:
          db_main: {objective: 99.9%, owner: team-db, runbook: "https://runbooks.test/db", checks: {t: {kind: tcp, address: "db:5432"}}}
          vault: {objective: 1, checks: {t: {kind: tcp, address: "vault:8200"}}}
        """

    private static func render(_ format: ObjectiveDocuments.Format, job: String? = nil) throws -> String {
        ObjectiveDocuments(try ConfigurationText.load(file), job: job).render(format)
    }

    private static func slots(_ result: String, window: String = "") -> String {
        let names = #"__name__=~\"health_check_runs_total|health_check_skips_total\""#
        let labels = #"environment=\"prod\", component=\"db_main\""#
        return #"{\#(names), \#(labels), \#(result), reason=~\"|overlap|circuit_open\"}\#(window)"#
    }

    private static let perfect = "# vault has an objective of 100 %, which leaves no budget to watch.\n"

    @Test func openSLOHasADocumentForEachComponent() throws {
        let bad = Self.slots(#"result=~\"|failure|timeout\""#)
        let total = Self.slots(#"result!=\"internal\""#)
        #expect(
            try Self.render(.openslo) == Self.perfect + """
                apiVersion: openslo/v1
                kind: SLO
                metadata:
                  name: orders-db-main
                  displayName: "db_main of orders"
                spec:
                  description: "Health checks of db_main in prod that succeed; runbook: https://runbooks.test/db"
                  service: "orders"
                  indicator:
                    metadata:
                      name: orders-db-main
                    spec:
                      ratioMetric:
                        counter: true
                        bad:
                          metricSource:
                            type: Prometheus
                            spec:
                              query: "sum(\(bad))"
                        total:
                          metricSource:
                            type: Prometheus
                            spec:
                              query: "sum(\(total))"
                  timeWindow:
                    - duration: 30d
                      isRolling: true
                  budgetingMethod: Occurrences
                  objectives:
                    - target: 0.999

                """
        )
    }

    @Test func componentsWhoseNamesBecomeTheSameHaveDocumentsOfTheirOwn() throws {
        let checks = "checks: {t: {kind: tcp, address: \"h:1\"}}"
        let names = ["a.b", "a-b", "a_b"]
        let text = "service: {name: s}\ncomponents:\n" + names.map { "  \($0): {\(checks)}\n" }.joined()
        let rendered = ObjectiveDocuments(try ConfigurationText.load(text), job: nil).render(.pyrra)
        let written = rendered.matches(of: /\n  name: (.+)/).map { String($0.1) }
        #expect(written == ["s-a-b", "s-a-b-2", "s-a-b-3"])
    }

    @Test func slothHasAListOfThem() throws {
        let bad = Self.slots(#"result=~\"|failure|timeout\""#, window: "[{{.window}}]")
        let total = Self.slots(#"result!=\"internal\""#, window: "[{{.window}}]")
        #expect(
            try Self.render(.sloth) == Self.perfect + """
                version: prometheus/v1
                service: "orders"
                slos:
                  - name: "db_main"
                    objective: 99.9
                    description: "Health checks of db_main in prod that succeed; runbook: https://runbooks.test/db"
                    labels: {owner: "team-db"}
                    sli:
                      events:
                        error_query: "sum(rate(\(bad)))"
                        total_query: "sum(rate(\(total)))"
                    alerting:
                      page_alert: {disable: true}
                      ticket_alert: {disable: true}

                """
        )
    }

    @Test func pyrraCountsRuns() throws {
        let labels = #"job=\"orders-health\", environment=\"prod\", component=\"db_main\""#
        #expect(
            try Self.render(.pyrra, job: "orders-health") == Self.perfect + """
                apiVersion: pyrra.dev/v1alpha1
                kind: ServiceLevelObjective
                metadata:
                  name: orders-db-main
                spec:
                  target: "99.9"
                  window: 30d
                  description: "Health checks of db_main in prod that succeed; runbook: https://runbooks.test/db"
                  alerting:
                    disabled: true
                  indicator:
                    ratio:
                      errors:
                        metric: "health_check_runs_total{\(labels), result=~\\"failure|timeout\\"}"
                      total:
                        metric: "health_check_runs_total{\(labels), result!=\\"internal\\"}"

                """
        )
    }
}
