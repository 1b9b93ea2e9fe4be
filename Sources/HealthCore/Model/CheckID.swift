/// The two names of a check: its component's and its own.
public struct CheckID: Hashable, Sendable, CustomStringConvertible {
    /// The component that the check speaks about.
    public let component: String
    /// The check's own name, unique within its component.
    public let check: String

    /// A check's name within a component.
    public init(component: String, check: String) {
        self.component = component
        self.check = check
    }

    /// `component/check`.
    public var description: String {
        "\(component)/\(check)"
    }
}

/// A registered check, for as long as it is registered; never given twice, so that a late result can't meet another check.
package struct CheckHandle: Hashable, Comparable, Sendable {
    /// Never given twice.
    package let number: Int

    /// A handle.
    package init(number: Int) {
        self.number = number
    }

    /// Orders by registration.
    package static func < (left: CheckHandle, right: CheckHandle) -> Bool {
        left.number < right.number
    }
}
