import HealthCore

/// What a JSON document must hold at one place.
struct JSONAssertion: Hashable, Sendable {
    /// What the value must be.
    enum Expectation: Hashable, Sendable {
        /// A single value, as a configuration writes it.
        case value(String)
        /// A number that meets no threshold.
        case thresholds(ThresholdPair<Double>)
    }

    /// Where the value is.
    let pointer: JSONPointer
    /// What the value must be.
    let expectation: Expectation

    /// How good or bad a document is, and why.
    func evaluate(
        _ document: JSONValue,
        seen: SeenText
    ) -> (verdict: CheckReport.Verdict, message: String) {
        let place = pointer.text.isEmpty ? "the body" : pointer.text.cutForDisplay
        let value = pointer.value(in: document)
        let found = value.map(seen.shown) ?? "missing"
        switch expectation {
        case .value(let expected):
            if value?.equals(expected) == true { return (.success, "") }
            let wanted = value?.isString ?? true ? seen.quoted(expected) : seen.cut(expected)
            return (.failure(.assertion), "\(place) is \(found), expected \(wanted)")
        case .thresholds(let thresholds):
            guard case .number(let number) = value else {
                return (.failure(.assertion), "\(place) is \(found), expected a number")
            }
            let verdict = thresholds.evaluate(number)
            let bound = thresholds.bound(of: verdict).map { bound in
                ", expected \(thresholds.lowIsBad ? "more" : "less") than \(seen.shown(.number(bound)))"
            }
            return (verdict, "\(place) is \(found)\(bound ?? "")")
        }
    }
}

extension SettingType where Value == [JSONAssertion] {
    /// Values, threshold pairs or `{below: pair}` by JSON pointer.
    static var jsonAssertions: SettingType {
        let value = SettingType<JSONAssertion.Expectation>.jsonExpectation
        return SettingType(.dictionary(value.shape)) { place in
            place.entries.compactMap { entry in
                guard let pointer = JSONPointer(entry.key) else {
                    place.problem(
                        "`\(entry.key.cutForDisplay)` is no JSON pointer: empty, or `/` before every name, such as /queue/depth"
                    )
                    return nil
                }
                return place.expectation(of: entry).map { JSONAssertion(pointer: pointer, expectation: $0) }
            }
        }
    }
}

extension SettingType where Value == JSONAssertion.Expectation {
    fileprivate static var jsonExpectation: SettingType {
        SettingType(
            .either(.text(maximum: 1024), .either(.thresholds(.text(maximum: 64)), .map(below))),
            expected: "a value, {degraded: …, unhealthy: …} or {below: {degraded: …, unhealthy: …}}",
            parse: { .value($0) }
        )
    }

    fileprivate static var below: [KeyDescription] {
        [
            KeyDescription(
                "below",
                .thresholds(.text(maximum: 64)),
                about: "Thresholds of a number of which low is bad."
            )
        ]
    }
}

extension SettingPlace {
    private static var number: SettingType<Double> {
        SettingType(.text(maximum: 64), expected: "a number") { text in
            Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
    }

    /// What one entry of a map expects at its pointer; nil after a problem was added.
    fileprivate func expectation(of entry: SettingNode.Entry) -> JSONAssertion.Expectation? {
        guard case .map(let members, _) = entry.value else {
            return SettingType<JSONAssertion.Expectation>.jsonExpectation.read(with(entry.value), nil)
        }
        guard members.contains(where: { $0.key == "below" }) else {
            let pair = SettingType<ThresholdPair<Double>>.thresholds(Self.number)
            return pair.read(self.entry(entry, pair.shape), nil).map { .thresholds($0) }
        }
        let below = SettingsReader(
            entry.value,
            path: "\(path).\(entry.key.cutForDisplay)",
            keys: SettingType<JSONAssertion.Expectation>.below,
            problems: reader.problems,
            inputs: reader.inputs
        )
        return SettingType<ThresholdPair<Double>>.thresholds(Self.number, lowIsBad: true)
            .value(of: "below", in: below, current: nil).map { .thresholds($0) }
    }
}
