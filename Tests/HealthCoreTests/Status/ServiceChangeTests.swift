import HealthCore
import HealthTesting
import Testing

/// What is said of the service when it changes, and of the component that changed it.
@Suite struct ServiceChangeTests {
    @Test func theServicesFirstStatusIsNoRecovery() throws {
        // What is optional and pending makes it degraded, not unknown.
        for impact in [Impact.critical, .optional] {
            let component = ComponentRegistration(
                name: "db",
                impact: impact,
                checks: [.make("db/primary", thresholds: Thresholds(failure: 1))]
            )
            func changes(_ kinds: ResultKind...) throws -> [String] {
                let stage = try StatusStage(component)
                for kind in kinds { stage.publish(kind, "db/primary") }
                return stage.drainEvents().filter { $0.hasPrefix("service") }
            }
            let (pending, down) = impact == .critical ? ("unknown", "unhealthy") : ("degraded", "degraded")
            #expect(
                try changes(.success, .failure, .success) == [
                    "service \(pending)→healthy (first)", "service healthy→\(down)", "service \(down)→healthy",
                ]
            )
            #expect(try changes(.failure, .success).last == "service \(down)→healthy")
        }
    }

    @Test func aChangeThatIsSuppressedWithItselfIsSaidToBe() throws {
        let stage = try StatusStage([
            ComponentRegistration.of("app", needs: ["db"], impact: .optional),
            ComponentRegistration.of("db", impact: .informational),
        ])
        for name in ["app", "db"] { stage.publish(.success, "\(name)/primary") }
        _ = stage.drainEvents()
        stage.publish(.failure, "db/primary")
        #expect(stage.drainEvents() == ["db/primary healthy→unhealthy", "db healthy→unhealthy"])
        stage.publish(.failure, "app/primary")
        #expect(
            stage.drainEvents().prefix(3) == [
                "app/primary healthy→unhealthy (suppressed)", "app healthy→unhealthy (suppressed)",
                "service healthy→degraded (suppressed)",
            ]
        )
    }
}
