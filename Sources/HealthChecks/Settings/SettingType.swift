/// What a key takes: the form of its values, how errors call it, how to read it and how to print it.
package struct SettingType<Value: Sendable>: Sendable {
    /// What a map of its own keys adds to a comparison of values.
    struct Nested: Sendable {
        /// The paths, below the map, of keys that differ between two values and need a restart.
        let restartPaths: @Sendable (Value, Value) -> [String]
        /// Copies what needs a restart from the first value, which is the running one, to the second.
        let keep: @Sendable (Value, inout Value) -> Void
    }

    /// The form of its values in the JSON Schema and on the reference page.
    package let shape: SettingShape
    /// How errors call a right value.
    package let expected: String
    /// The text that documentation shows for a value; nil when it shows none.
    package let text: @Sendable (Value) -> String?
    /// Reads a value; nil after a problem was added.
    ///
    /// The second argument is the value so far, which a map completes.
    package let read: @Sendable (SettingPlace, Value?) -> Value?
    /// Nil for every type but a map with keys of its own.
    let nested: Nested?

    /// A type with a reader of its own.
    package init(
        _ shape: SettingShape,
        expected: String = "",
        text: @escaping @Sendable (Value) -> String? = { _ in nil },
        read: @escaping @Sendable (SettingPlace) -> Value?
    ) {
        self.shape = shape
        self.expected = expected
        self.text = text
        self.read = { place, _ in read(place) }
        nested = nil
    }

    /// A single value.
    ///
    /// - Parameters:
    ///   - expected: how errors call a right value.
    ///   - text: the value as it is written.
    ///   - parse: nil for a text that is none.
    package init(
        _ shape: SettingShape,
        expected: String,
        text: @escaping @Sendable (Value) -> String? = { _ in nil },
        parse: @escaping @Sendable (String) -> Value?
    ) {
        self.init(shape, expected: expected, text: text) { $0.scalar(expected, parse) }
    }

    private init(
        map shape: SettingShape,
        nested: Nested?,
        read: @escaping @Sendable (SettingPlace, Value?) -> Value?
    ) {
        self.shape = shape
        expected = "a map of keys"
        text = { _ in nil }
        self.read = read
        self.nested = nested
    }

    /// The value of a key; nil when it is absent or wrong.
    func value(of key: String, in reader: SettingsReader, current: Value?) -> Value? {
        reader.node(key).flatMap { read(SettingPlace(reader: reader, key: key, node: $0), current) }
    }
}

extension SettingType where Value: Settings {
    /// A map with keys of its own, which completes what the value is so far.
    package static func object(_ type: Value.Type) -> SettingType {
        let nested = Nested(
            restartPaths: { Value.restartPaths(from: $0, to: $1) },
            keep: { running, kept in kept = kept.keepingRestartKeys(of: running) }
        )
        return SettingType(map: .map(Value.descriptions), nested: nested) { place, current in
            var value = current ?? Value()
            place.object(keys: Value.descriptions).decode(into: &value)
            return value
        }
    }
}

extension SettingType {
    /// A list; each element that is wrong is a problem of its own.
    package static func list<Element>(_ element: SettingType<Element>) -> SettingType where Value == [Element] {
        SettingType(
            .list(element.shape),
            expected: "a list, each \(element.expected)",
            text: { $0.isEmpty ? nil : "[\($0.compactMap(element.text).joined(separator: ", "))]" },
            read: { place in
                guard case .list(let items, _) = place.node else {
                    place.problem("expected a list, each \(element.expected); found \(place.node.typeName)")
                    return nil
                }
                return items.compactMap { element.read(place.with($0), nil) }
            }
        )
    }

    /// A list, or a single value as a list of one.
    package static func oneOrMore<Element>(_ element: SettingType<Element>) -> SettingType where Value == [Element] {
        let list = SettingType.list(element)
        return SettingType(
            .oneOrMore(element.shape),
            expected: element.expected,
            text: list.text,
            read: { place in
                if case .list = place.node { return list.read(place, nil) }
                return element.read(place, nil).map { [$0] }
            }
        )
    }

    /// A map with free keys, in the order of the file.
    package static func dictionary<Element>(_ element: SettingType<Element>) -> SettingType
    where Value == [SettingEntry<Element>] {
        SettingType(.dictionary(element.shape)) { place in
            guard case .map(let entries, _) = place.node else {
                if !place.node.isNull { place.problem("expected a map, found \(place.node.typeName)") }
                return []
            }
            return entries.compactMap { entry in
                element.read(place.entry(entry, element.shape), nil).map { SettingEntry(entry.key, $0) }
            }
        }
    }

    /// `{degraded: …, unhealthy: …}` with at least one of the two.
    package static func thresholds<Bound>(_ bound: SettingType<Bound>, lowIsBad: Bool = false) -> SettingType
    where Value == ThresholdPair<Bound> {
        SettingType(
            .thresholds(bound.shape),
            expected: "{degraded: …, unhealthy: …}",
            text: { pair in
                let ends = [("degraded", pair.degraded), ("unhealthy", pair.unhealthy)]
                let texts = ends.compactMap { name, end in end.flatMap(bound.text).map { "\(name): \($0)" } }
                return "{\(texts.joined(separator: ", "))}"
            },
            read: { $0.thresholds(lowIsBad: lowIsBad) { pair, key in bound.value(of: key, in: pair, current: nil) } }
        )
    }
}

/// An entry of a map with free keys.
package struct SettingEntry<Value: Sendable>: Sendable {
    /// Its key in the map.
    package let name: String
    /// What stands at the key.
    package var value: Value

    /// An entry of a name.
    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

extension SettingPlace {
    private static let thresholdKeys = [
        KeyDescription("degraded", .text(maximum: 64), about: "The value from which on it is degraded."),
        KeyDescription("unhealthy", .text(maximum: 64), about: "The value from which on it is unhealthy."),
    ]

    /// A pair of thresholds; either may be left out, not both.
    func thresholds<Bound>(
        lowIsBad: Bool,
        _ read: (SettingsReader, String) -> Bound?
    ) -> ThresholdPair<Bound>? {
        let pair = object(keys: Self.thresholdKeys)
        let (degraded, unhealthy) = (read(pair, "degraded"), read(pair, "unhealthy"))
        if !pair.has("degraded") && !pair.has("unhealthy") {
            problem("expected {degraded: …, unhealthy: …} with at least one of the two")
            return nil
        }
        if let degraded, let unhealthy, lowIsBad ? degraded <= unhealthy : degraded >= unhealthy {
            problem("`degraded` must be met before `unhealthy`: make it \(lowIsBad ? "larger" : "smaller")")
        }
        return ThresholdPair(degraded: degraded, unhealthy: unhealthy, lowIsBad: lowIsBad)
    }
}

extension SettingEntry: Equatable where Value: Equatable {}
extension SettingEntry: Hashable where Value: Hashable {}
