import HealthCore

extension HTMLWriter {
    /// The bars of a component: one rectangle for each span of equal ones, which the style sheet cuts into bars.
    ///
    /// The script tells what happened in each.
    mutating func bar(_ bar: HistoryBar) {
        markup("<svg class=\"bar\" preserveAspectRatio=\"none\" role=\"img\"")
        attribute("viewBox", "0 0 \(bar.slots.count) 20")
        attribute("data-by", bar.step.rawValue)
        if let start = bar.start {
            attribute("data-from", String(start.nanosecondsSinceEpoch / 1_000_000_000))
            attribute("data-step", String(bar.step.seconds))
        }
        attribute("aria-label", bar.summary)
        markup(">")
        for (slot, range) in bar.spans {
            switch slot {
            case .none: markup("<rect class=\"n\"")
            case .healthy: markup("<rect class=\"h\"")
            case .degraded: markup("<rect class=\"d\"")
            case .unhealthy: markup("<rect class=\"u\"")
            case .unknown: markup("<rect class=\"x\"")
            }
            if range.lowerBound > 0 { attribute("x", String(range.lowerBound)) }
            attribute("width", String(range.count))
            markup("/>")
        }
        markup("</svg>")
    }
}

extension HistoryBar {
    /// What the bars show, in a sentence for those who don't see them.
    var summary: String {
        let name =
            switch step {
            case .runs: "Last \(step.count) runs"
            case .hours: "Last \(step.count) hours"
            case .days: "Last \(step.count) days"
            }
        let words: [(slot: HistorySlot, word: String)] = [
            (.unhealthy, "unhealthy"), (.degraded, "with failures"), (.unknown, "unknown"),
            (.healthy, "healthy"), (.none, "without data"),
        ]
        let counts = words.compactMap { slot, word -> String? in
            let count = slots.count { $0 == slot }
            return count == 0 ? nil : "\(count) \(word)"
        }
        return "\(name): \(counts.joined(separator: ", "))"
    }
}
