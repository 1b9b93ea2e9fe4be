/// What runs without a configuration file: the host and the exporter itself, neither of them critical.
package enum EmbeddedConfiguration {
    /// How errors and the first log line call it.
    package static let name = "embedded default"

    /// The configuration in YAML, read like the text of a file.
    package static let text = """
        components:
          host:
            impact: optional
            checks:
              disk: {kind: disk, path: /}
              memory: {kind: memory}
          exporter:
            impact: optional
            checks:
              runtime:
                kind: runtime
                event_loop_lag: {degraded: 100ms}
                cooperative_pool_lag: {degraded: 100ms}
                blocking_pool_busy: {degraded: 80%}
                open_files: {degraded: 80%, unhealthy: 95%}

        """
}
