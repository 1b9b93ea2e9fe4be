/// A minute or an hour of a component, as a row is found by it; ordered as the rows are.
struct StatePeriod: Hashable, Comparable {
    /// The number of the minute or hour since 1970.
    let number: Int64
    /// The id of the component.
    let component: Int64

    static func < (left: StatePeriod, right: StatePeriod) -> Bool {
        (left.number, left.component) < (right.number, right.component)
    }
}
