import HealthChecks
import HealthCore

/// A check of a component: what was found last, how long each phase lasted, and what comes next.
struct CheckView {
    /// Its status and its last run.
    let check: CheckRecord
    /// Its counts and measurements; nil when it is not registered any more.
    let metrics: CheckMetrics?
    /// Its last runs, and the last values of what it measures.
    let past: RunHistory
    /// When it runs next; nil when that is not known.
    let nextRun: Timestamp?
    /// When the page is made, on the monotonic time line.
    let now: Moment
    /// When the page is made, in civil time.
    let timestamp: Timestamp
    /// Whether the reader may see target, message, details and measurements.
    let showsDetails: Bool

    private var registration: Registration { check.registration }

    /// Writes the check.
    func write(into html: inout HTMLWriter) {
        html.markup("<article class=\"check\"")
        html.attribute("data-status", check.state.status.rawValue)
        html.markup(">\n")
        writeHeading(into: &html)
        if let reason = check.state.reason {
            html.markup("<p class=\"why\">")
            html.element("b", "\(reason.words).")
            html.text(" \(reason.hint)")
            html.markup("</p>\n")
        }
        writeFacts(into: &html)
        html.markup("<div class=\"pair\">\n")
        if let phases = check.lastRun?.phases { WaterfallView(phases: phases).write(into: &html) }
        if let latency = metrics?.latency { LatencyView(latency: latency, now: now).write(into: &html) }
        html.markup("</div>\n")
        writeTrends(into: &html)
        if showsDetails {
            writeMessage(into: &html)
            writeDetails(into: &html)
        }
        writeFailedRuns(into: &html)
        html.markup("</article>\n")
    }

    private func writeHeading(into html: inout HTMLWriter) {
        html.markup("<h4>")
        html.shape(check.state.status)
        html.name(registration.id.check)
        html.markup(" ")
        html.element("span", styled: "kind", registration.kind)
        html.markup(" <span class=\"state\"><b>")
        html.text(check.state.status.rawValue)
        html.markup("</b>")
        if let since = check.state.since {
            html.markup(" for ")
            html.age(of: since, at: timestamp)
        }
        html.markup("</span></h4>\n")
    }

    private func writeFacts(into html: inout HTMLWriter) {
        html.markup("<dl class=\"kv\">\n")
        if showsDetails, let target = registration.target {
            html.fact("Target") { html in html.element("span", styled: "mono") { $0.name(target) } }
        }
        html.fact("Thresholds") { $0.text(thresholds) }
        html.fact("Schedule") { html in
            let (interval, timeout) = (registration.schedule.interval, registration.schedule.timeout)
            html.text("every \(SettingText.text(of: interval)), timeout \(SettingText.text(of: timeout))")
        }
        if let run = check.lastRun {
            html.fact("Last run") { html in
                html.text("\(run.kind.rawValue), ")
                html.time(run.timestamp)
                html.text(", \(ShortText.seconds(run.duration.seconds))")
            }
            html.fact("Trace") { html in html.element("span", styled: "mono", run.traceID.description) }
        }
        if let nextRun {
            html.fact("Next run") { html in
                html.markup("<time data-countdown")
                html.attribute("datetime", nextRun.rfc3339)
                html.markup(">")
                html.text("in \(ShortText.span(timestamp.duration(to: nextRun)))")
                html.markup("</time>")
            }
        }
        html.markup("</dl>\n")
    }

    /// The thresholds, with where the count stands.
    private var thresholds: String {
        let (limits, failures) = (registration.thresholds, check.state.consecutiveFailures)
        let successes = limits.success == 1 ? "1 success" : "\(limits.success) successes in a row"
        if check.state.status == .unhealthy { return "\(failures) failures in a row; \(successes) until healthy" }
        if failures > 0 { return "\(failures) of \(limits.failure) failures in a row until unhealthy" }
        let until = limits.failure == 1 ? "1 failure" : "\(limits.failure) failures in a row"
        return check.state.status == .healthy
            ? "\(until) until unhealthy" : "\(until) until unhealthy; \(successes) until healthy"
    }

    /// How long the last runs took, and what they measured.
    private func writeTrends(into html: inout HTMLWriter) {
        let measured =
            showsDetails ? CurrentMeasurements(of: check, metrics, now: now, timestamp: timestamp).values : []
        let durations = past.runs.map(\.duration)
        let highest = durations.max() ?? 0
        guard highest > 0 || !measured.isEmpty else { return }
        html.markup("<div><h5>The last 48 runs</h5>\n<ul class=\"trends\">\n")
        if highest > 0 {
            html.trend("duration", of: durations) { $0.text("at most \(ShortText.seconds(Double(highest)))") }
        }
        for value in measured {
            let values = past.trends.first { $0.measurement.name == value.name }?.values ?? []
            html.trend(value.name, of: values) { $0.measurement(value.name, value.value) }
        }
        html.markup("</ul></div>\n")
    }

    private func writeMessage(into html: inout HTMLWriter) {
        guard !check.message.isEmpty else { return }
        html.markup("<div><h5>Last message</h5><pre tabindex=\"0\">")
        html.name(check.message)
        html.markup("</pre></div>\n")
    }

    private func writeDetails(into html: inout HTMLWriter) {
        let details = (check.lastRun?.details ?? []).uniquelyNamed.filter { $0.detail.number == nil }
        guard !details.isEmpty else { return }
        html.markup("<div><h5>Details</h5>\n<dl class=\"kv\">\n")
        for (name, detail) in details {
            html.markup("<div><dt>")
            html.name(name)
            html.markup("</dt><dd>")
            html.name(detail.value)
            html.markup("</dd></div>\n")
        }
        html.markup("</dl></div>\n")
    }

    private func writeFailedRuns(into html: inout HTMLWriter) {
        guard let runs = metrics?.failedRuns, !runs.isEmpty else { return }
        html.markup(
            "<div><h5>Last failed runs</h5>\n<div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Time</th>"
        )
        html.markup(
            "<th scope=\"col\">Reason</th><th scope=\"col\">Duration</th><th scope=\"col\">Trace</th></tr></thead><tbody>\n"
        )
        for run in runs {
            html.markup("<tr><td>")
            html.time(run.timestamp)
            html.markup("</td><td>")
            html.text(run.reason.words)
            html.markup("</td><td>")
            html.text(ShortText.seconds(run.duration.seconds))
            html.markup("</td><td class=\"mono\">")
            html.text(run.traceID.description)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody></table></div></div>\n")
    }
}
