@testable import HealthCoreParts

/// A page in a text format, and what the format demands of every line beyond being readable.
struct StrictPage {
    /// As an independent reader sees it.
    let page: MetricsPage
    /// Each series with its value, in order.
    let series: [String]

    /// Reads a page; throws for what is unreadable, and breaks a rule for what is not allowed.
    init(_ bytes: [UInt8]) throws {
        require(String(validating: bytes, as: UTF8.self) != nil, "the page is no UTF-8")
        page = try MetricsPage(bytes)
        series = page.samples.map { "\($0.identity) \($0.value)" }
        let identities = page.samples.map(\.identity)
        require(Set(identities).count == identities.count, "a series comes twice")
        require(page.helpedFamilies == page.families.map(\.name), "families without HELP or TYPE")
        require(Set(page.helpedFamilies).count == page.helpedFamilies.count, "a family comes twice")
        for sample in page.samples {
            require(Self.isName(sample.name), "\(sample.name) is no name")
            require(Self.number(sample.value) != nil, "\(sample.value) is no number")
            let names = sample.labels.map(\.name)
            require(Set(names).count == names.count, "\(sample) has a label twice")
            require(names.allSatisfy { Self.isName($0) && !$0.contains(":") }, "\(names) are no names")
        }
        inspectHistograms()
    }

    /// Buckets of a series never fall, and end with what the count says (OpenMetrics 1.0, "Histogram").
    private func inspectHistograms() {
        var last: (series: String, bucket: Double) = ("", 0)
        for sample in page.samples where sample.name.hasSuffix("_bucket") {
            let labels = sample.labels.filter { $0.name != "le" }.map { "\($0.name)=\($0.value)" }
            let series = sample.name + labels.joined(separator: "|")
            let value = Self.number(sample.value) ?? -1
            if series != last.series { last = (series, 0) }
            require(value >= last.bucket, "\(sample) is less than the bucket before")
            last.bucket = value
        }
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    private static func isName(_ text: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) || byte == 95 || byte == 58 }
        return text.utf8.first.map(isLetter) == true && text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) }
    }

    /// A number as both formats write it.
    static func number(_ text: String) -> Double? {
        switch text {
        case "NaN": .nan
        case "+Inf": .infinity
        case "-Inf": -.infinity
        default: text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) } ? Double(text) : nil
        }
    }
}
