/// Reads the small grammars of the configuration.
///
/// Each returns nil for what does not fit.
package enum SettingText {
    private static let durationUnits: [(name: String, length: Duration)] = [
        ("d", .seconds(86_400)), ("h", .seconds(3600)), ("m", .seconds(60)), ("s", .seconds(1)),
        ("ms", .milliseconds(1)),
    ]

    /// At most a year: longer is a mistake, and arithmetic on it stays far from overflow.
    ///
    package static let longestDuration = Duration.seconds(366 * 86_400)

    /// `1m30s`: whole numbers with units `d`, `h`, `m`, `s`, `ms`, from long to short, each at most once.
    package static func duration(_ text: String) -> Duration? {
        var rest = text[...]
        var units = durationUnits[...]
        var total = Duration.zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[letters.endIndex...]
            guard let number = Int64(digits), number <= 1_000_000_000_000,
                let index = units.firstIndex(where: { $0.name == letters })
            else { return nil }
            total += units[index].length * number
            units = units[(index + 1)...]
        }
        return total <= longestDuration ? total : nil
    }

    /// `80%` or `0.8`, 0 to 1.
    package static func ratio(_ text: String) -> Double? {
        let isPercent = text.hasSuffix("%")
        let digits = isPercent ? String(text.dropLast()) : text
        guard let number = decimal(digits) else { return nil }
        // Shifting the point in the text gives the nearest number; a division of 99.9 by 100 does not.
        let ratio = isPercent ? Double(digits + "e-2") ?? number / 100 : number
        return (0...1).contains(ratio) ? ratio : nil
    }

    private static let byteUnits: [(name: String, size: Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
        ("PiB", 1_125_899_906_842_624),
        ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("PB", 1e15), ("B", 1), ("", 1),
    ]

    /// `10MiB`, `1GB`, `512`.
    package static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[digits.endIndex...]
        guard let number = decimal(String(digits)), let size = byteUnits.first(where: { $0.name == unit })?.size else {
            return nil
        }
        let bytes = (number * size).rounded()
        return bytes <= 1e18 ? Int(bytes) : nil
    }

    /// Digits with at most one point; no sign, no exponent.
    private static func decimal(_ text: String) -> Double? {
        guard let first = text.utf8.first, let last = text.utf8.last, (48...57).contains(first),
            (48...57).contains(last)
        else {
            return nil
        }
        guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }) else { return nil }
        return Double(text)
    }

    /// The booleans of YAML 1.2, and nothing that only looks like one.
    package static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// `[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?`.
    package static func isName(_ text: String) -> Bool {
        func isEdge(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63, isEdge(first), isEdge(last) else {
            return false
        }
        return bytes.allSatisfy { isEdge($0) || $0 == 46 || $0 == 95 || $0 == 45 }
    }

    /// `200`, `[200-299]` or `200-299`.
    package static func statusRange(_ text: String) -> ClosedRange<Int>? {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        let ends = bare.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let low = ends[0], let high = ends.last ?? low, ends.count <= 2, low <= high else { return nil }
        return (100...599).contains(low) && (100...599).contains(high) ? low...high : nil
    }

    /// `host:port`, `[v6]:port`.
    package static func address(_ text: String) -> (host: String, port: Int)? {
        // Scalars, not characters: with a combining mark behind it a colon is another character.
        let scalars = text.unicodeScalars
        guard let colon = scalars.lastIndex(of: ":"), let port = Int(Substring(scalars[colon...].dropFirst())),
            (0...65_535).contains(port)
        else { return nil }
        var host = scalars[..<colon]
        if host.first == "[" {
            guard host.last == "]", host.count > 1 else { return nil }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let isClean = host.allSatisfy { $0.value > 0x20 && $0.value != 0x7f && $0 != "/" && $0 != "@" }
        return host.isEmpty || !isClean ? nil : (String(Substring(host)), port)
    }

    /// A duration as the configuration writes it.
    package static func text(of duration: Duration) -> String {
        var rest = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        var text = ""
        for (name, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
            as [(String, Int64)]
        {
            if rest / length > 0 { text += "\(rest / length)\(name)" }
            rest %= length
        }
        return text.isEmpty ? "0s" : text
    }

    /// A ratio as the configuration writes it.
    package static func text(ofRatio ratio: Double) -> String {
        let percent = (ratio * 1e6).rounded() / 1e4
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }

    /// A size as the configuration writes it, in the largest unit that gives a whole number.
    package static func text(ofBytes bytes: Int) -> String {
        let units = byteUnits.filter { $0.name.hasSuffix("iB") }.reversed()
        for unit in units where bytes > 0 && bytes.isMultiple(of: Int(unit.size)) {
            return "\(bytes / Int(unit.size))\(unit.name)"
        }
        return String(bytes)
    }
}
