/// A label with each value of a closed list, encoded once.
package struct EncodedCases<Value: Sendable>: Sendable {
    /// In the order of the list.
    package let all: [(value: Value, label: [UInt8])]

    /// The values with the label that stands for each.
    package init(_ name: String, _ values: [(value: Value, text: String)]) {
        all = values.map { ($0.value, LabelText.encode(name, $0.text)) }
    }
}

extension EncodedCases where Value: CaseIterable & RawRepresentable<String> {
    /// All cases of a type, as they are written.
    package init(_ name: String) {
        self.init(name, Value.allCases.map { ($0, $0.rawValue) })
    }
}

/// The `le` labels of a histogram, encoded once for all that have the same bounds; `+Inf` is the last.
package struct EncodedBounds: Sendable {
    /// Ascending.
    let labels: [[UInt8]]

    /// The labels of ascending bounds.
    package init(_ bounds: [Duration]) {
        labels = (bounds.map(NumberText.bound) + ["+Inf"]).map { LabelText.encode("le", $0) }
    }
}
