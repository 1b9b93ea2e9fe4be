/// The position of something in a ``Table`` of its kind.
package protocol TableIndex: Hashable, Strideable, Sendable where Stride == Int {
    /// The offset from the start of the table.
    var position: Int { get }

    /// The index at an offset from the start.
    init(position: Int)
}

extension TableIndex {
    /// The number of positions up to another index.
    package func distance(to other: Self) -> Int { other.position - position }

    /// The index `count` positions further on.
    package func advanced(by count: Int) -> Self { Self(position: position + count) }

    /// Orders by position.
    package static func < (left: Self, right: Self) -> Bool { left.position < right.position }
}

/// An array with an index type of its own, so that the index of a check can't be used for a component.
///
/// Costs what an array costs, and is copied on write like one.
package struct Table<Index: TableIndex, Element>: RandomAccessCollection {
    private var elements: [Element]

    /// A table of these elements.
    package init(_ elements: [Element] = []) {
        self.elements = elements
    }

    /// A table of `count` equal elements.
    package init(repeating element: Element, count: Int) {
        elements = Array(repeating: element, count: count)
    }

    /// The index of the first element.
    package var startIndex: Index { Index(position: 0) }

    /// The index after the last element.
    package var endIndex: Index { Index(position: elements.count) }

    /// The element at an index.
    package subscript(index: Index) -> Element {
        get { elements[index.position] }
        // In place: a getter and a setter would copy what an element holds.
        _modify { yield &elements[index.position] }
    }

    /// Adds an element at the end.
    package mutating func append(_ element: Element) {
        elements.append(element)
    }
}

extension Table: Sendable where Element: Sendable {}
extension Table: Equatable where Element: Equatable {}
