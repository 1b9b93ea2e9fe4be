/// What the exporter tells about itself.
extension MetricCatalog {
    package static let buildInfo = MetricFamily(
        "health_exporter_build_info",
        .info,
        "What this exporter was built from."
    )
    package static let reloadSuccessful = MetricFamily(
        "health_exporter_config_last_reload_successful",
        .gauge,
        "1 when the last load of the configuration succeeded."
    )
    package static let reloadTimestamp = MetricFamily(
        "health_exporter_config_last_reload_success_timestamp_seconds",
        .gauge,
        "When the configuration was last loaded successfully."
    )
    package static let reloads = MetricFamily(
        "health_exporter_config_reloads_total",
        .counter,
        "Attempts to load the configuration anew, by result."
    )
    package static let checks = MetricFamily("health_exporter_checks", .gauge, "Registered checks.")
    package static let runsInFlight = MetricFamily(
        "health_exporter_runs_in_flight",
        .gauge,
        "Runs under way and within their deadline."
    )
    package static let runsOverdue = MetricFamily(
        "health_exporter_runs_overdue",
        .gauge,
        "Runs past their deadline that have not returned."
    )
    package static let scheduleDelay = MetricFamily(
        "health_exporter_schedule_delay_seconds",
        .histogram,
        "How long after its slot a run started."
    )
    package static let stall = MetricFamily(
        "health_exporter_stall_seconds",
        .gauge,
        "How long ago each loop was last seen to move."
    )
    package static let stallLimit = MetricFamily(
        "health_exporter_stall_limit_seconds",
        .gauge,
        "How long a loop may stand still before it counts as stalled."
    )
    package static let connections = MetricFamily(
        "health_exporter_connections",
        .gauge,
        "Open connections of a listener."
    )
    package static let connectionsRefused = MetricFamily(
        "health_exporter_connections_refused_total",
        .counter,
        "Connections closed for want of a place: new ones, and older ones that gave way to a new one."
    )
    package static let scrapeRender = MetricFamily(
        "health_exporter_scrape_render_seconds",
        .gauge,
        "How long the last page of metrics took to render and compress."
    )
    package static let restartNeeded = MetricFamily(
        "health_exporter_restart_needed",
        .gauge,
        "1 when the configuration holds a change that only a restart applies."
    )
    package static let logEvents = MetricFamily(
        "health_exporter_log_events_total",
        .counter,
        "Log lines by level."
    )
    package static let logEventsDropped = MetricFamily(
        "health_exporter_log_events_dropped_total",
        .counter,
        "Log lines dropped because nobody read them in time."
    )
    package static let httpRequests = MetricFamily(
        "health_exporter_http_requests_total",
        .counter,
        "Requests answered, by path and class of status code."
    )
}
