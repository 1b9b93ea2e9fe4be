package import HealthCore

extension Registration {
    /// A check named `component/check`, with settings that are good enough for most tests.
    package static func make(
        _ name: String = "db/primary",
        kind: String = "scripted",
        check: any HealthCheck = ScriptedCheck(),
        schedule: Schedule = Schedule(interval: .seconds(10), timeout: .seconds(2)),
        thresholds: Thresholds = Thresholds(),
        degradedAbove: Duration? = nil
    ) -> Registration {
        let names = name.split(separator: "/", maxSplits: 1).map(String.init)
        precondition(names.count == 2, "a name has the form component/check")
        return Registration(
            id: CheckID(component: names[0], check: names[1]),
            kind: kind,
            check: check,
            schedule: schedule,
            thresholds: thresholds,
            degradedAbove: degradedAbove
        )
    }
}

extension ComponentRegistration {
    /// A component with its checks; they must be named after it.
    package static func make(
        _ name: String = "db",
        impact: Impact = .critical,
        startup: StartupRequirement? = nil,
        checks: [Registration]? = nil
    ) -> ComponentRegistration {
        let checks = checks ?? [.make("\(name)/primary")]
        return ComponentRegistration(name: name, impact: impact, startup: startup, checks: checks)
    }
}

extension CheckRegistry {
    /// The registry that a reload without a component makes of this one: the other checks keep their handles.
    package func removing(_ name: String) throws -> CheckRegistry {
        var rest = CheckRegistry()
        for component in components where component.registration.name != name { try rest.add(component.registration) }
        rest.replace(self, unchanged: Set(rest.checks.map(\.registration.id)))
        return rest
    }

    /// A registry of these components.
    package static func make(_ components: ComponentRegistration...) throws -> CheckRegistry {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        return registry
    }
}

extension RunResult {
    /// A result with its moment; the timestamp goes with it.
    package static func make(
        _ kind: ResultKind,
        reason: FailureReason? = nil,
        duration: Duration = .milliseconds(10),
        at moment: Moment = .zero,
        measured: [MeasuredValue] = []
    ) -> RunResult {
        RunResult(
            kind,
            reason: reason ?? defaultReason(kind),
            measured: measured,
            duration: duration,
            traceID: TraceID(high: 1, low: 2),
            moment: moment,
            timestamp: .newYear2026.advanced(by: .nanoseconds(moment.nanoseconds))
        )
    }

    private static func defaultReason(_ kind: ResultKind) -> FailureReason? {
        switch kind {
        case .success: nil
        case .degraded: .tooSlow
        case .failure: .connectRefused
        case .timeout: .timeout
        case .internal: .internal
        }
    }
}
