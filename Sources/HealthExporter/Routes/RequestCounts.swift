import HealthCore
import Synchronization

/// Counts answers by endpoint and class of status code; both lists are closed, so that no request can add a series.
final class RequestCounts: Sendable {
    /// The values of the label `handler`: the paths of the endpoints, then `other` for paths that there are not.
    static let handlers = Endpoint.all.filter { $0.handlerLabel == $0.path }.map(\.path) + ["other"]

    /// The place of each endpoint's handler, in the order of the table.
    private static let places = Endpoint.all.map { endpoint in
        handlers.firstIndex(of: endpoint.handlerLabel) ?? handlers.count - 1
    }

    private static let classes = RequestFacts.classes.count
    private let counts = Mutex([UInt64](repeating: 0, count: handlers.count * classes))

    /// Counts an answer.
    ///
    /// - Parameter match: the endpoint of the request's path; nil when there is none.
    func record(_ match: EndpointMatch?, status: Int) {
        let row = match.map { Self.places[$0.row] } ?? Self.handlers.count - 1
        let column = min(max(status / 100 - 2, 0), Self.classes - 1)
        counts.withLock { $0[row * Self.classes + column] += 1 }
    }

    /// Everything counted.
    var facts: [RequestFacts] {
        let counts = counts.withLock { $0 }
        return Self.handlers.enumerated().map { row, handler in
            let start = row * Self.classes
            return RequestFacts(handler: handler, counts: Array(counts[start..<(start + Self.classes)]))
        }
    }
}

/// The requests to one path, counted by class of status code.
struct RequestFacts: Sendable {
    /// In the order of `counts`.
    static let classes = ["2xx", "3xx", "4xx", "5xx"]

    /// The path as the metric names it.
    let handler: String
    /// In the order of ``classes``.
    let counts: [UInt64]

    /// Its rows in `/metrics`.
    static let families: [MetricFamily<[RequestFacts]>] = [
        MetricFamily(
            "health_exporter_http_requests_total",
            type: .counter,
            labels: ["handler", "code"],
            help: "Requests answered, by path and class of status code."
        ) { handlers, writer in
            for facts in handlers {
                for (code, count) in zip(classes, facts.counts) {
                    let labels = [("handler", facts.handler), ("code", code)]
                    writer.sample(count: count, extra: LabelText.encode(labels))
                }
            }
        }
    ]
}
