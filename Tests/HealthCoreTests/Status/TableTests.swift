import HealthTesting
import Testing

@testable import HealthCore

/// An array with an index type of its own.
@Suite struct TableTests {
    @Test func isACollectionByItsIndices() {
        var table = Table<CheckIndex, String>(["a", "b"])
        table.append("c")
        #expect(table.indices.map(\.position) == [0, 1, 2] && table.count == 3)
        table[CheckIndex(position: 1)] += "!"
        #expect(Array(table) == ["a", "b!", "c"])
        #expect(Array(table[CheckIndex(position: 1)..<table.endIndex]) == ["b!", "c"])
        #expect(table.firstIndex(of: "c") == CheckIndex(position: 2))
    }

    private struct Item {
        final class Owner {}

        var owner = Owner()

        mutating func isUnique() -> Bool { isKnownUniquelyReferenced(&owner) }
    }

    @Test func changesAnElementInPlace() {
        var table = Table<CheckIndex, Item>([Item()])
        let isUnique = table[table.startIndex].isUnique()
        #expect(isUnique, "a copy of the element would share its owner")
    }
}
