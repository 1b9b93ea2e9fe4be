package import HealthCore

/// How long a fault may go unnoticed, from its start to a 503 of `/readyz`.
package enum WorstCase {
    /// The worst case of a check: a fault just after a good run, and every failing run takes its whole timeout.
    ///
    /// The next run comes an interval later at the latest; each further one a confirm interval after the publication of the
    /// one before. What a check waits for, such as a heartbeat, comes before all of that.
    package static func detection(of registration: Registration) -> Duration {
        let (schedule, failures) = (registration.schedule, registration.thresholds.failure)
        let confirmations = (schedule.confirmInterval + schedule.timeout) * (failures - 1)
        return registration.check.detectionDelay + schedule.interval + schedule.timeout + confirmations
    }

    /// The worst case of a component: its slowest check.
    ///
    /// Retries stay within the timeout, and a breaker opens when the status is decided already: neither adds to it.
    package static func detection(of component: ComponentRegistration) -> Duration {
        component.checks.map { detection(of: $0) }.max() ?? .zero
    }

    /// The worst case of a group: whichever members have to fail, the slowest may be among them.
    package static func detection(of group: GroupRegistration, in registry: CheckRegistry) -> Duration {
        registry.components.map(\.registration).filter { group.members.contains($0.name) }.map { detection(of: $0) }
            .max()
            ?? .zero
    }
}
