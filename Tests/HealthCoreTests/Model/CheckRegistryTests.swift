import HealthCore
import HealthTesting
import Testing

/// What may be registered, and under which handle.
@Suite struct CheckRegistryTests {
    @Test func refusesAComponentTwice() throws {
        var registry = try CheckRegistry.make(.make("db"))
        #expect(throws: RegistryError.duplicateComponent("db")) { try registry.add(.make("db")) }
        #expect(registry.checkCount == 1)
    }

    @Test func refusesACheckTwice() {
        var registry = CheckRegistry()
        let twice = ComponentRegistration.make("db", checks: [.make("db/a"), .make("db/b"), .make("db/a")])
        let id = CheckID(component: "db", check: "a")
        #expect(throws: RegistryError.duplicateCheck(id)) { try registry.add(twice) }
        #expect(registry.components.isEmpty)
    }

    @Test func refusesACheckOfAnotherComponent() {
        var registry = CheckRegistry()
        let id = CheckID(component: "cache", check: "a")
        #expect(throws: RegistryError.foreignCheck(id, "db")) {
            try registry.add(.make("db", checks: [.make("cache/a")]))
        }
    }

    @Test(arguments: [
        (RegistryError.duplicateComponent("db"), "a component or group named `db` is registered already"),
        (.duplicateCheck(CheckID(component: "db", check: "a")), "the check `db/a` is registered already"),
        (
            .foreignCheck(CheckID(component: "x", check: "a"), "db"),
            "the check `x/a` does not belong to the component `db`"
        ),
    ])
    func errorsNameWhatIsWrong(error: RegistryError, text: String) {
        #expect("\(error)" == text)
    }

    @Test func neverGivesAHandleTwice() throws {
        var registry = try CheckRegistry.make(.make("a"), .make("b", checks: [.make("b/x"), .make("b/y")]))
        let before = registry.checks.map(\.handle)
        registry = try registry.removing("b")
        try registry.add(.make("b"))
        let after = registry.checks.map(\.handle)
        #expect(Set(before).count == 3)
        #expect(after.first == before.first)
        #expect(after.last.map { !before.contains($0) } == true)
    }

    @Test func listsChecksInTheOrderOfRegistration() throws {
        let registry = try CheckRegistry.make(.make("b", checks: [.make("b/y"), .make("b/x")]), .make("a"))
        #expect(registry.checks.map { "\($0.registration.id)" } == ["b/y", "b/x", "a/primary"])
        #expect(registry.checks.map(\.component.name) == ["b", "b", "a"])
    }
}
