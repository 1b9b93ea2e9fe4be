import HealthCore

extension HTMLWriter {
    /// The shape of a status, for where its word stands beside it.
    mutating func shape(_ status: HealthStatus) {
        markup("<svg class=\"i\" aria-hidden=\"true\"><use href=\"#s-")
        text(status.rawValue)
        markup("\"/></svg>")
    }

    /// One of the other signs, such as `drill`.
    mutating func sign(_ name: StaticString) {
        markup("<svg class=\"i\" aria-hidden=\"true\"><use href=\"#s-")
        markup(name)
        markup("\"/></svg>")
    }

    /// How long ago something was; the script keeps it up to date, and tells the time in the reader's zone.
    mutating func age(of timestamp: Timestamp, at now: Timestamp) {
        markup("<time data-ago")
        attribute("datetime", timestamp.rfc3339)
        markup(">")
        text(ShortText.span(timestamp.duration(to: now)))
        markup("</time>")
    }

    /// A time, in UTC until the script tells it in the reader's zone.
    mutating func time(_ timestamp: Timestamp) {
        markup("<time data-at")
        attribute("datetime", timestamp.rfc3339)
        markup(">")
        text(timestamp.minuteText)
        markup("</time>")
    }

    /// A component's name with a link to its page.
    mutating func link(to component: String) {
        markup("<a")
        attribute("href", "/components/\(component.urlEncoded)")
        markup(">")
        name(component)
        markup("</a>")
    }

    /// A name that somebody chose: it keeps to itself whatever direction its letters have.
    mutating func name(_ name: String) {
        markup("<bdi>")
        text(name)
        markup("</bdi>")
    }

    /// A fact with its name.
    mutating func fact(_ name: StaticString, _ body: (inout HTMLWriter) -> Void) {
        markup("<div><dt>")
        markup(name)
        markup("</dt><dd>")
        body(&self)
        markup("</dd></div>")
    }
}

extension Timestamp {
    /// `2026-01-01 00:00 UTC`.
    var minuteText: String {
        let text = rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
