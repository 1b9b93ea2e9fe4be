import HealthCore

/// The output of a monitoring plugin (Monitoring Plugins Development Guidelines, "Plugin Output for Nagios").
struct PluginOutput: Sendable {
    /// The text of the first line up to the bar, without control characters.
    let message: String
    /// Performance data, each `'label'=value[unit][;warn[;crit[;min[;max]]]]`, by label.
    let details: [CheckReport.Detail]

    /// Scalars, not characters: with a combining mark behind it a bar, a quote or a space is another character.
    private typealias Scalars = [Unicode.Scalar]

    /// More values are not kept.
    private static let maximumValues = 50

    /// - Parameter seen: removes secrets, and cuts labels and values.
    init(_ output: [UInt8], _ seen: SeenText = SeenText()) {
        let bytes = seen.redaction(output)
        // Split as bytes: in a String, a carriage return and a line feed are one character.
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { line in
            Scalars(String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self).unicodeScalars)
        }
        let first = (lines.first ?? []).split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        let shown = (first.first ?? []).filter { $0.value >= 0x20 && $0.value != 0x7f }
        // Once more: without control characters between its parts, a secret may be there now.
        message = seen.redaction(Self.text(shown))
        var data = first.count > 1 ? Scalars(first[1]) : []
        // More performance data may follow a bar in a later line.
        let later = lines.dropFirst().joined(separator: [" "])
            .split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        if later.count > 1 { data += [" "] + later[1] }
        details = Array(Self.performance(data, seen).prefix(Self.maximumValues))
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    private static func performance(_ text: Scalars, _ seen: SeenText) -> [CheckReport.Detail] {
        var details: [CheckReport.Detail] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0.properties.isWhitespace }
            guard let (label, after) = label(rest) else { return details }
            let value = after.prefix { !$0.properties.isWhitespace }
            rest = after[value.endIndex...]
            let reading = Self.text(value.prefix { $0 != ";" })
            if !label.isEmpty, isReading(reading) {
                details.append(.init(seen.cut(label), seen.cut(reading), number: Self.number(reading)))
            }
        }
    }

    /// The label before the equals sign, and the text behind it; in quotes a label may hold spaces, and two quotes stand for one.
    private static func label(_ text: ArraySlice<Unicode.Scalar>) -> (label: String, rest: ArraySlice<Unicode.Scalar>)?
    {
        guard text.first == "'" else {
            guard let equals = text.firstIndex(of: "=") else { return nil }
            return (Self.text(text[..<equals]), text[(equals + 1)...])
        }
        var label = Scalars()
        var rest = text.dropFirst()
        while let scalar = rest.popFirst() {
            if scalar != "'" {
                label.append(scalar)
            } else if rest.first == "'" {
                label.append("'")
                rest = rest.dropFirst()
            } else {
                return rest.first == "=" ? (Self.text(label), rest.dropFirst()) : nil
            }
        }
        return nil
    }

    /// A number with an optional unit, or U for unknown.
    private static func isReading(_ text: String) -> Bool {
        text == "U" || number(text) != nil
    }

    private static func number(_ text: String) -> Double? {
        Double(text.prefix { "+-.0123456789eE".contains($0) }).flatMap { $0.isFinite ? $0 : nil }
    }
}
