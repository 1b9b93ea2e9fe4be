import HealthCore

/// A page that was requested; equal requests share a rendering.
enum PageRequest: Hashable, Sendable {
    /// A form of the list of incidents.
    enum IncidentForm: Hashable, Sendable {
        case json, csv
        /// For readers of an address such as `https://health.example`.
        case atom(address: String)
    }

    case metrics(ExpositionFormat, gzip: Bool)
    case html(StatusDocument, PageAudience)
    case updates(LiveSubscription)
    case detailed(showsDetails: Bool, healthJSON: Bool)
    case components(showsDetails: Bool)
    case component(String, showsDetails: Bool)
    case history(String, HistoryStep)
    case incidents(IncidentForm, IncidentQuery)
    case badge(String, SuccessHistory.Window?)

    /// Whether Prometheus asks for it.
    var isMetrics: Bool {
        if case .metrics = self { true } else { false }
    }
}
