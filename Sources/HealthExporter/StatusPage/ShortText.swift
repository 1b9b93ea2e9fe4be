import HealthCore

/// Numbers and times as people read them on a page.
enum ShortText {
    /// A ratio of 0 to 1 as percent, with as many digits as tell it from 100 %: `100 %`, `99.95 %`, `97.1 %`.
    static func percent(_ ratio: Double) -> String {
        if ratio >= 1 { return "100 %" }
        // Cut off rather than rounded: what is not 100 % doesn't look so.
        let thousandths = Int((ratio * 100_000 + 1e-6).rounded(.down))
        if thousandths >= 99_000 { return "\(decimal(thousandths / 10, digits: 2)) %" }
        return "\(decimal(thousandths / 100, digits: 1)) %"
    }

    /// A duration in seconds with two or three digits: `0.4 ms`, `12 ms`, `1.2 s`, `34 s`.
    static func seconds(_ seconds: Double) -> String {
        let micros = Int((max(0, min(seconds, 1e9)) * 1e6).rounded())
        switch micros {
        case 0: return "0 ms"
        case ..<1000: return "\(decimal(max(1, micros / 10), digits: 2)) ms"
        case ..<10_000: return "\(decimal(micros / 100, digits: 1)) ms"
        case ..<1_000_000: return "\(micros / 1000) ms"
        case ..<10_000_000: return "\(decimal(micros / 100_000, digits: 1)) s"
        default: return "\(micros / 1_000_000) s"
        }
    }

    /// A size with one digit after the point: `812 B`, `1.5 KiB`, `78.4 GiB`.
    static func bytes(_ bytes: Double) -> String {
        var (value, unit) = (bytes, 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return "\(decimal(Int((min(value, 1e15) * 10).rounded(.down)), digits: 1)) \(units[unit])"
    }

    /// A span in its two largest units: `42 s`, `4 min`, `3 h 20 min`, `12 d 4 h`.
    static func span(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min"
        case ..<86_400: return joined("\(seconds / 3600) h", rest: seconds % 3600 / 60, "min")
        default: return joined("\(seconds / 86_400) d", rest: seconds % 86_400 / 3600, "h")
        }
    }

    private static func joined(_ span: String, rest: Int64, _ unit: String) -> String {
        rest == 0 ? span : "\(span) \(rest) \(unit)"
    }

    /// A number that was multiplied by a power of ten, without zeros at its end.
    private static func decimal(_ scaled: Int, digits: Int) -> String {
        let factor = (0..<digits).reduce(1) { product, _ in product * 10 }
        var fraction = String(scaled % factor)
        fraction = String(repeating: "0", count: digits - fraction.utf8.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(scaled / factor)" : "\(scaled / factor).\(fraction)"
    }
}
