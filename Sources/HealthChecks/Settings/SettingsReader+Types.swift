import HealthCore

extension SettingsReader {
    /// A duration longer than zero.
    package func duration(_ key: String, atLeast minimum: Duration = .milliseconds(1)) -> Duration? {
        value(key, Self.durationForm(atLeast: minimum)) { text in
            SettingText.duration(text).flatMap { $0 >= minimum ? $0 : nil }
        }
    }

    private static func durationForm(atLeast minimum: Duration) -> String {
        let examples = ["250ms", "10s", "1m30s"].filter { SettingText.duration($0).map { $0 >= minimum } ?? false }
        let shortest = SettingText.text(of: minimum)
        return "a duration of at least \(shortest), such as \(examples.joined(separator: ", ")) or 7d"
    }

    package func ratio(_ key: String) -> Double? {
        value(key, Self.ratioForm, SettingText.ratio)
    }

    private static var ratioForm: String { "a ratio from 0 to 1, such as 80% or 0.8" }

    package func bytes(_ key: String) -> Int? {
        value(key, Self.bytesForm, SettingText.bytes)
    }

    private static var bytesForm: String { "a size, such as 64KiB, 10MiB or 1GB" }

    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package func boolean(_ key: String) -> Bool? {
        value(key, "true or false", SettingText.boolean)
    }

    /// One of a closed set of words.
    package func choice<Value: RawRepresentable & CaseIterable>(_ key: String) -> Value?
    where Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue)
        return value(key, "one of \(words.joined(separator: ", "))") { Value(rawValue: $0) }
    }

    /// Text without control characters.
    package func text(_ key: String, maximum: Int = 256) -> String? {
        value(key, "text of 1 to \(maximum) characters without control characters") { text in
            text.count <= maximum && !text.isEmpty && !text.hasControlCharacters ? text : nil
        }
    }

    /// A path; a NUL would end it early for the system.
    package func path(_ key: String) -> String? {
        value(key, Self.pathForm, Self.readPath)
    }

    /// A list of paths.
    package func paths(_ key: String) -> [String]? {
        list(key, Self.pathForm, Self.readPath)
    }

    private static var pathForm: String { "a path without control characters" }

    private static func readPath(_ text: String) -> String? {
        text.isEmpty || text.hasControlCharacters ? nil : text
    }

    /// A pair of thresholds of ratios.
    package func ratioThresholds(_ key: String) -> ThresholdPair<Double>? {
        thresholds(key, Self.ratioForm, SettingText.ratio)
    }

    /// A pair of thresholds of sizes; low is bad.
    package func lowByteThresholds(_ key: String) -> ThresholdPair<Int>? {
        thresholds(key, Self.bytesForm, lowIsBad: true, SettingText.bytes)
    }

    /// A pair of thresholds of durations.
    package func durationThresholds(_ key: String) -> ThresholdPair<Duration>? {
        thresholds(key, "a duration, such as 250ms or 10s", SettingText.duration)
    }

    /// A duration, which is the unhealthy bound, or a pair of thresholds.
    package func durationOrThresholds(_ key: String) -> ThresholdPair<Duration>? {
        if case .map = node(key) { return durationThresholds(key) }
        return duration(key).map { ThresholdPair(degraded: nil, unhealthy: $0) }
    }

    /// A pair of thresholds; either may be left out, not both.
    package func thresholds<Value: Comparable & Sendable>(
        _ key: String,
        _ expected: String,
        lowIsBad: Bool = false,
        _ read: (String) -> Value?
    ) -> ThresholdPair<Value>? {
        guard has(key) else { return nil }
        let pair = object(key, keys: Self.thresholdKeys)
        let degraded = pair.value("degraded", expected, read)
        let unhealthy = pair.value("unhealthy", expected, read)
        if !pair.has("degraded") && !pair.has("unhealthy") {
            problem(key, "expected {degraded: …, unhealthy: …} with at least one of the two")
            return nil
        }
        if let degraded, let unhealthy, lowIsBad ? degraded <= unhealthy : degraded >= unhealthy {
            problem(key, "`degraded` must be met before `unhealthy`: make it \(lowIsBad ? "larger" : "smaller")")
        }
        return ThresholdPair(degraded: degraded, unhealthy: unhealthy, lowIsBad: lowIsBad)
    }

    /// The pair of thresholds of one entry of a map with free keys.
    package func thresholds<Value: Comparable & Sendable>(
        of entry: SettingNode.Entry,
        in key: String,
        _ expected: String,
        _ read: (String) -> Value?
    ) -> ThresholdPair<Value>? {
        let keys = [SettingKey(entry.key, .thresholds(.text(maximum: 64)), "")]
        let node = SettingNode.map([entry], entry.position)
        return SettingsReader(node, path: path(of: key), keys: keys, problems: problems)
            .thresholds(entry.key, expected, read)
    }

    private static var thresholdKeys: [SettingKey] {
        [
            SettingKey("degraded", .text(maximum: 64), "The value from which on it is degraded."),
            SettingKey("unhealthy", .text(maximum: 64), "The value from which on it is unhealthy."),
        ]
    }
}

extension String {
    /// Whether a C0 or C1 control character or DEL is in it.
    package var hasControlCharacters: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
    }
}
