import HealthCore

/// Which incidents are wanted.
struct IncidentQuery: Hashable, Sendable {
    /// Those of this component; empty is all.
    var component = ""
    /// Those whose worst status was this.
    var status: HealthStatus?
    /// Those whose component or reason has every word of this text, in any case.
    var search = SearchText()
    /// Those with a smaller id, for the pages after the first.
    var before: Int64?
    /// At most so many, 1 to 1,000.
    var limit = 100

    /// The last ones.
    init() {}

    /// What an address says; a value that there is not means the default.
    init(_ target: RequestTarget, limit: Int) {
        component = String((target.value(of: "component") ?? "").prefix(256))
        search = SearchText(target.value(of: "q") ?? "")
        status = HealthStatus(rawValue: target.value(of: "status") ?? "")
        before = target.value(of: "before").flatMap { Int64($0) }
        self.limit = target.value(of: "limit").flatMap { Int($0) }.map { min(max($0, 1), 1000) } ?? limit
    }

    /// The incidents that are wanted, newest first.
    func select(_ incidents: [Incident]) -> [Incident] {
        let matching = incidents.reversed().lazy.filter { incident in
            if let before, incident.id >= before { return false }
            if let status, incident.worst != status { return false }
            if !component.isEmpty, incident.component != component { return false }
            return search.isFound(in: [incident.component], reason: incident.reason)
        }
        return Array(matching.prefix(limit))
    }

    /// The same from the newest on.
    var fromNewest: IncidentQuery {
        var query = self
        query.before = nil
        return query
    }

    /// The parameters of an address that wants the same; empty or with a question mark.
    var parameters: String {
        var parameters: [String] = []
        if let before { parameters.append("before=\(before)") }
        if !component.isEmpty { parameters.append("component=\(component.urlEncoded)") }
        if let status { parameters.append("status=\(status.rawValue)") }
        if !search.text.isEmpty { parameters.append("q=\(search.text.urlEncoded)") }
        return parameters.isEmpty ? "" : "?\(parameters.joined(separator: "&"))"
    }
}
