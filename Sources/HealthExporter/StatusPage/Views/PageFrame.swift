import HealthCore

/// What every page for people has around its content.
struct PageFrame {
    /// A page that the navigation leads to.
    enum Place: String, Sendable {
        case status = "/"
        case incidents = "/incidents"
    }

    /// The service.
    let identity: ServiceIdentity
    /// Which of the navigation's pages it is, if any.
    let place: Place?
    /// The title of the browser's window.
    let title: String
    /// The status whose colour and icon the page has.
    let status: HealthStatus
    /// When it is made.
    let now: Timestamp
    /// When the process began.
    let started: Timestamp
    /// The last sequence of the facts that it shows.
    let sequence: String
    /// Whether the reader may reload, drill and run.
    let mayAct: Bool
    /// The component that it is about; nil for other pages.
    var component: String?

    private static let links: [(path: String, text: StaticString)] = [
        ("/", "Components"), ("/incidents", "Incidents"), ("/health/detailed", "JSON"), ("/metrics", "Metrics"),
    ]

    /// The whole page: at its top what is most important, then its content.
    func render(top: (inout HTMLWriter) -> Void, content: (inout HTMLWriter) -> Void) -> [UInt8] {
        HTMLWriter.document { html in
            writeHead(into: &html)
            html.markup("<body data-live=\"/events\"")
            html.attribute("data-sequence", sequence)
            html.attribute("data-now", String(now.nanosecondsSinceEpoch / 1_000_000_000))
            html.markup(">\n")
            html.markup(Self.sprite)
            html.markup("<a class=\"skip\" href=\"#main\">Skip to the content</a>\n")
            html.markup("<div class=\"note\" id=\"lost\" role=\"status\" hidden>")
            html.markup("<svg class=\"i\" aria-hidden=\"true\"><use href=\"#s-trouble\"/></svg><p></p></div>\n")
            html.markup("<header class=\"top\"")
            html.attribute("data-status", status.rawValue)
            html.markup("><div class=\"wrap\">\n")
            writeWho(into: &html)
            top(&html)
            html.markup("</div></header>\n<main class=\"wrap\" id=\"main\"")
            html.attribute("data-component", component)
            html.markup(">\n")
            content(&html)
            html.markup("</main>\n")
            html.markup("<footer class=\"wrap\">\n")
            html.markup(Self.footer)
            if mayAct { html.markup(ActionDialogs.reloadButton) }
            html.markup("</ul>\n</footer>\n<div id=\"live\" class=\"vh\" role=\"status\" aria-live=\"polite\"></div>\n")
            html.markup("<div id=\"toast\" role=\"status\" hidden></div>\n")
            html.markup(Self.keys)
            if mayAct { html.markup(ActionDialogs.all) }
            html.markup("</body>\n</html>\n")
        }
    }

    private func writeHead(into html: inout HTMLWriter) {
        html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        html.markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n")
        html.markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
        html.element("title", title)
        html.markup("\n<link rel=\"icon\" type=\"image/svg+xml\"")
        html.attribute("href", "/assets/favicon-\(status.rawValue).svg")
        html.markup(">\n<link rel=\"stylesheet\" href=\"/assets/status.css\">\n")
        html.markup(
            "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Incidents\" href=\"/incidents.atom\">\n"
        )
        html.markup("<script src=\"/assets/status.js\" defer></script>\n</head>\n")
    }

    private func writeWho(into html: inout HTMLWriter) {
        html.markup("<div class=\"who\"><a class=\"service\" href=\"/\">")
        html.name(identity.name)
        html.markup("</a><ul aria-label=\"This exporter\">")
        html.element("li") { $0.name(identity.environment) }
        html.element("li") { html in
            html.markup("version ")
            html.name(identity.version)
        }
        html.element("li") { html in
            html.markup("instance ")
            html.name(identity.instance)
        }
        html.element("li") { html in
            html.markup("up ")
            html.age(of: started, at: now)
        }
        html.markup("</ul>\n<nav aria-label=\"Pages\">")
        for (path, text) in Self.links {
            html.element("a", with: [("href", path), ("aria-current", path == place?.rawValue ? "page" : nil)]) {
                html in
                html.markup(text)
            }
            html.markup(" ")
        }
        html.markup("</nav>\n")
        html.markup(Self.themes)
        html.markup("</div>\n")
    }

    private static let themes: StaticString = """
        <div class="theme js-only" role="group" aria-label="Colours">\
        <button type="button" data-set-theme="auto" aria-pressed="true">Auto</button>\
        <button type="button" data-set-theme="light" aria-pressed="false">Light</button>\
        <button type="button" data-set-theme="dark" aria-pressed="false">Dark</button></div>

        """

    private static let footer: StaticString = """
        <ul>
        <li class="key"><svg class="bar" viewBox="0 0 1 20" preserveAspectRatio="none" aria-hidden="true"><rect class="h" width="1"/></svg> all succeeded</li>
        <li class="key"><svg class="bar" viewBox="0 0 1 20" preserveAspectRatio="none" aria-hidden="true"><rect class="d" width="1"/></svg> some failed, within the objective</li>
        <li class="key"><svg class="bar" viewBox="0 0 1 20" preserveAspectRatio="none" aria-hidden="true"><rect class="u" width="1"/></svg> more failed</li>
        <li class="key"><svg class="bar" viewBox="0 0 1 20" preserveAspectRatio="none" aria-hidden="true"><rect class="x" width="1"/></svg> internal error</li>
        <li class="key"><svg class="bar" viewBox="0 0 1 20" preserveAspectRatio="none" aria-hidden="true"><rect class="n" width="1"/></svg> no data</li>
        <li class="js-only"><button type="button" data-act="keys">Keys <kbd>?</kbd></button></li>
        """

    private static let keys: StaticString = """
        <dialog id="keys" aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        <dl><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous component</dd>\
        <dt><kbd>Enter</kbd></dt><dd>open or close it</dd><dt><kbd>Tab</kbd></dt><dd>into its history; there <kbd>←</kbd> <kbd>→</kbd> walk</dd>\
        <dt><kbd>v</kbd></dt><dd>list or cards</dd><dt><kbd>Esc</kbd></dt><dd>close</dd><dt><kbd>?</kbd></dt><dd>this list</dd></dl>
        <label class="tick"><input type="checkbox" id="use-keys" checked autocomplete="off"> Use <kbd>/</kbd> <kbd>j</kbd> <kbd>k</kbd> <kbd>v</kbd> <kbd>?</kbd></label>
        <div class="buttons"><button type="button" data-close>Close</button></div>
        </dialog>

        """

    /// The shapes of the statuses: each is told from the others without its colour.
    private static let sprite: StaticString = """
        <svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">
        <symbol id="s-healthy" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9"/><path class="cut" d="M5.8 10.4l2.8 2.8 5.6-6"/></symbol>
        <symbol id="s-degraded" viewBox="0 0 20 20"><path d="M10 1.2a1.4 1.4 0 0 1 1.2.7l8 14.6a1.4 1.4 0 0 1-1.2 2.1H2a1.4 1.4 0 0 1-1.2-2.1l8-14.6a1.4 1.4 0 0 1 1.2-.7z"/><path class="cut" d="M10 7.2v5"/><circle class="dot" cx="10" cy="15.4" r="1.2"/></symbol>
        <symbol id="s-unknown" viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.4 1.6"/><path d="M7.6 8a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.6" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><circle cx="10" cy="14.4" r="1.1"/></symbol>
        <symbol id="s-unhealthy" viewBox="0 0 20 20"><rect x="1" y="1" width="18" height="18" rx="2.5"/><path class="cut" d="M6.2 6.2l7.6 7.6M13.8 6.2l-7.6 7.6"/></symbol>
        <symbol id="s-drill" viewBox="0 0 20 20"><path d="M3 7h4l6-4v14l-6-4H3z"/><path d="M15.5 7a4 4 0 0 1 0 6" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
        <symbol id="s-maintenance" viewBox="0 0 20 20"><path d="M17.6 5.6a5 5 0 0 1-6.5 6.4L6 17.2A2.3 2.3 0 0 1 2.8 14L8 8.9a5 5 0 0 1 6.4-6.5l-2.9 2.9.4 2.8 2.8.4z"/></symbol>
        <symbol id="s-trouble" viewBox="0 0 20 20"><circle cx="10" cy="10" r="9" fill="none" stroke="currentColor" stroke-width="2"/><path d="M10 5.4v5.4" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/><circle cx="10" cy="14.3" r="1.3"/></symbol>
        </svg>

        """
}
