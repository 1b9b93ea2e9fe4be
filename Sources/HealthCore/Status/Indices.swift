/// The index of a check, in the order of registration.
package struct CheckIndex: TableIndex {
    /// The offset from the first one.
    package let position: Int

    /// The index at an offset from the first one.
    package init(position: Int) { self.position = position }
}

/// The index of a component, in the order of registration.
package struct ComponentIndex: TableIndex {
    /// The offset from the first one.
    package let position: Int

    /// The index at an offset from the first one.
    package init(position: Int) { self.position = position }
}

/// The index of a group, in the order of registration.
package struct GroupIndex: TableIndex {
    /// The offset from the first one.
    package let position: Int

    /// The index at an offset from the first one.
    package init(position: Int) { self.position = position }
}

/// The index of a unit of the ``Hierarchy``: the groups first, then the components that are in none.
package struct UnitIndex: TableIndex {
    /// The offset from the first one.
    package let position: Int

    /// The index at an offset from the first one.
    package init(position: Int) { self.position = position }
}

/// A component or a group: what a component may depend on and a flag may require.
package enum NodeIndex: Hashable, Sendable {
    case component(ComponentIndex)
    case group(GroupIndex)
}
