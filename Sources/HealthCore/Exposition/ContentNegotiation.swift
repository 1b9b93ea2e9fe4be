/// Chooses format and coding of a page by the headers of a request (RFC 9110 §12.5).
///
/// Pure.
package enum ContentNegotiation {
    /// The format for an `Accept` header: the one with the highest q-value, the first of equals; the text format when nothing fits.
    ///
    /// OpenMetrics is served in version 1.0.0 only, also when the header names no version; ranges with another version are left out.
    package static func format(accept: String?) -> ExpositionFormat {
        var best: (format: ExpositionFormat, quality: Double)?
        for range in ranges(accept ?? "") {
            guard let format = format(of: range), range.quality > 0 else { continue }
            if let best, best.quality >= range.quality { continue }
            best = (format, range.quality)
        }
        return best?.format ?? .text
    }

    /// Whether an `Accept-Encoding` header accepts gzip.
    package static func acceptsGzip(_ acceptEncoding: String?) -> Bool {
        let codings = ranges(acceptEncoding ?? "")
        let named = codings.first { $0.type == "gzip" || $0.type == "x-gzip" }
        return ((named ?? codings.first { $0.type == "*" })?.quality ?? 0) > 0
    }

    /// Whether an `Accept` header names `application/health+json`, and nothing JSON before it.
    package static func prefersHealthJSON(_ accept: String?) -> Bool {
        let named = ranges(accept ?? "")
        guard let draft = named.first(where: { $0.type == "application/health+json" }), draft.quality > 0 else {
            return false
        }
        return named.filter { $0.type == "application/json" }.allSatisfy { $0.quality <= draft.quality }
    }

    private struct Range {
        var type: String
        var parameters: [String: String]
        var quality: Double
    }

    private static func format(of range: Range) -> ExpositionFormat? {
        switch range.type {
        case "application/openmetrics-text":
            ["1.0.0", nil].contains(range.parameters["version"]) ? .openMetrics : nil
        case "text/plain":
            range.parameters["version"].map { $0 == "0.0.4" } == false ? nil : .text
        case "application/vnd.google.protobuf":
            isDelimitedFamilies(range.parameters) ? .protobuf : nil
        case "text/*", "*/*": .text
        default: nil
        }
    }

    /// Prometheus names the message and how messages follow one another; nobody means another one without saying so.
    private static func isDelimitedFamilies(_ parameters: [String: String]) -> Bool {
        parameters["proto"] == "io.prometheus.client.MetricFamily" && parameters["encoding"] == "delimited"
    }

    /// The elements of a header; one whose q-value is no number from 0 to 1 is left out.
    private static func ranges(_ header: String) -> [Range] {
        header.split(separator: ",").compactMap { element in
            let parts = element.split(separator: ";").map(trimmed)
            guard let type = parts.first, !type.isEmpty else { return nil }
            var range = Range(type: type.lowercased(), parameters: [:], quality: 1)
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1).map(trimmed)
                guard pair.count == 2 else { continue }
                let value = pair[1].filter { $0 != "\"" }
                if pair[0].lowercased() != "q" {
                    range.parameters[pair[0].lowercased()] = value
                } else if let quality = Double(value), (0...1).contains(quality) {
                    range.quality = quality
                } else {
                    return nil
                }
            }
            return range
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
