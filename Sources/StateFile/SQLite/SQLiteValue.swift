/// A value for a parameter of a statement.
package enum SQLiteValue: Sendable, Equatable {
    case integer(Int64)
    case text(String)
    case null

    /// A number, or null in place of nil.
    package init(_ number: Int64?) {
        self = number.map { .integer($0) } ?? .null
    }

    /// A text, or null in place of nil.
    package init(_ text: String?) {
        self = text.map { .text($0) } ?? .null
    }

    /// 1 or 0.
    package init(_ isTrue: Bool) {
        self = .integer(isTrue ? 1 : 0)
    }
}
