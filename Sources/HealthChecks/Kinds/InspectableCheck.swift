package import HealthCore

/// A check of which it can be known that it will fail, before it has run.
package protocol InspectableCheck: HealthCheck {
    /// Why it will fail as the machine is now, one sentence each; for people, without secrets.
    var foreseeableFailures: [String] { get }
}

extension RedactedCheck: InspectableCheck {
    package var foreseeableFailures: [String] {
        ((check as? any InspectableCheck)?.foreseeableFailures ?? []).map { redacted($0) }
    }
}
