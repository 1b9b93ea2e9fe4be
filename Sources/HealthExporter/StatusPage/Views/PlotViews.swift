import HealthCore

extension HTMLWriter {
    /// A row of a list of bars: a name, a bar within 0 to 100, and its value in words.
    mutating func step(_ name: String, mark: String? = nil, from start: Double, length: Double, _ value: String) {
        markup("<li><span>")
        text(name)
        if let mark {
            markup(" <mark>")
            text(mark)
            markup("</mark>")
        }
        markup("</span><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect")
        attribute("x", JSONWriter.text(of: (start * 100).rounded() / 100))
        attribute("width", JSONWriter.text(of: (max(length, length > 0 ? 0.6 : 0) * 100).rounded() / 100))
        markup("/></svg><span>")
        text(value)
        markup("</span></li>\n")
    }

    /// A row of a list of trends: a name, the last values as a line, and a value in words.
    mutating func trend(_ name: String, of values: [Float], _ value: (inout HTMLWriter) -> Void) {
        markup("<li>")
        element("span") { $0.name(name) }
        line(values)
        element("b", value)
        markup("</li>\n")
    }

    private mutating func line(_ values: [Float]) {
        let values = values.filter(\.isFinite)
        markup("<svg preserveAspectRatio=\"none\" aria-hidden=\"true\"")
        attribute("viewBox", "0 0 \(max(1, values.count - 1)) 20")
        markup(">")
        if values.count > 1, let low = values.min(), let high = values.max() {
            markup("<polyline")
            let points = values.enumerated().map { index, value -> String in
                let height = high > low ? (value - low) / (high - low) : 0.5
                return "\(index),\(JSONWriter.text(of: Double((180 - 160 * height).rounded()) / 10))"
            }
            attribute("points", points.joined(separator: " "))
            markup("/>")
        }
        markup("</svg>")
    }
}

extension HTMLWriter {
    /// A measured value in the unit that its name ends with.
    mutating func measurement(_ name: String, _ value: Double) {
        if name.hasSuffix("_timestamp_seconds"), value.magnitude < 1e9 * 9 {
            time(Timestamp(nanosecondsSinceEpoch: Int64(value * 1000) * 1_000_000))
        } else if name.hasSuffix("_seconds"), value >= 0 {
            text(ShortText.seconds(value))
        } else if name.hasSuffix("_bytes"), value >= 0 {
            text(ShortText.bytes(value))
        } else if name.hasSuffix("_ratio"), (0...1).contains(value) {
            text(ShortText.percent(value))
        } else {
            text(JSONWriter.text(of: value))
        }
    }
}

/// How long each phase of a run lasted, one after the other.
struct WaterfallView {
    /// By phase.
    let phases: PhaseDurations

    /// Writes the phases that were reached; nothing when there are none.
    func write(into html: inout HTMLWriter) {
        let reached = RunPhase.allCases.map { (name: $0.rawValue, seconds: phases[$0].seconds) }.filter {
            $0.seconds > 0
        }
        let total = reached.reduce(0) { $0 + $1.seconds }
        guard total > 0 else { return }
        html.markup("<div><h5>Phases of the last run</h5>\n<ol class=\"steps\">\n")
        var start = 0.0
        for phase in reached {
            let text = ShortText.seconds(phase.seconds)
            html.step(phase.name, from: start / total * 100, length: phase.seconds / total * 100, text)
            start += phase.seconds
        }
        html.markup("</ol></div>\n")
    }
}

/// How long the runs of the last hour took, as bars over the bounds of the histogram.
struct LatencyView {
    /// The histogram.
    let latency: LatencyHistogram
    /// The end of the last hour.
    let now: Moment

    private static let shares = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]

    /// Writes the bars; nothing when nothing was measured.
    func write(into html: inout HTMLWriter) {
        let counts = latency.countsOfLastHour(at: now)
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }),
            let highest = counts.max()
        else { return }
        let quantiles = Self.shares.compactMap { name, share in
            latency.quantileOfLastHour(share, at: now).map { (name: name, value: $0) }
        }
        html.markup("<div><h5>Latency of the last hour: ")
        html.text(quantiles.map { "\($0.name) \(ShortText.seconds($0.value))" }.joined(separator: ", "))
        html.markup("</h5>\n<ol class=\"steps\">\n")
        let bounds = latency.upperBounds.map(\.seconds)
        for index in first...last {
            let name = index < bounds.count ? "≤ \(ShortText.seconds(bounds[index]))" : "more"
            let lower = index == 0 ? -1 : bounds[index - 1]
            let upper = index < bounds.count ? bounds[index] : .infinity
            let marks = quantiles.filter { $0.value > lower && $0.value <= upper }.map(\.name)
            html.step(
                name,
                mark: marks.isEmpty ? nil : marks.joined(separator: " "),
                from: 0,
                length: Double(counts[index]) / Double(highest) * 100,
                String(counts[index])
            )
        }
        html.markup("</ol></div>\n")
    }
}
