/// One row of a result, each value in PostgreSQL's text format; nil for NULL.
struct PostgresRow: Sendable, Equatable {
    private let values: [String?]

    /// A row with these values.
    init(_ values: [String?]) {
        self.values = values
    }

    /// How many columns it has.
    var count: Int { values.count }

    /// The text of a column; nil when it is NULL or the row is shorter.
    func text(_ index: Int) -> String? {
        values.indices.contains(index) ? values[index] : nil
    }

    /// The finite number in a column.
    func number(_ index: Int) -> Double? {
        text(index).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Whether the boolean in a column is true.
    func isTrue(_ index: Int) -> Bool { text(index) == "t" }
}
