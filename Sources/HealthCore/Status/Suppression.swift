/// Whether alerts about a component are suppressed, and why.
package struct Suppression: Sendable, Equatable {
    /// Why alerts are suppressed.
    package enum Reason: String, CaseIterable, Sendable {
        /// Something that it depends on is down.
        case dependency
        /// A maintenance window covers it.
        case maintenance
    }

    /// What is really down: the unhealthy things it depends on that depend on nothing unhealthy themselves.
    package internal(set) var rootCauses: [String] = []
    /// Since the dependencies recovered it is suppressed until then, so that its own recovery can be seen.
    package internal(set) var graceEnd: Moment?
    /// Whether an active maintenance window covers it.
    package internal(set) var isInMaintenance = false

    /// Not suppressed.
    package init() {}

    /// Whether it is suppressed for a reason.
    package func isActive(_ reason: Reason) -> Bool {
        switch reason {
        case .dependency: !rootCauses.isEmpty
        case .maintenance: isInMaintenance
        }
    }

    /// The reason that documents name: the planned one first.
    package var reason: Reason? {
        isInMaintenance ? .maintenance : rootCauses.isEmpty ? nil : .dependency
    }

    /// Updates it by the root causes that are down now.
    ///
    /// - Parameters:
    ///   - isHealthy: whether the component itself is.
    ///   - grace: how long it lasts after the last root cause has recovered.
    /// - Returns: whether something changed.
    package mutating func update(isHealthy: Bool, rootCauses down: [String], at now: Moment, grace: Duration) -> Bool {
        let before = self
        if isHealthy {
            (rootCauses, graceEnd) = ([], nil)
        } else if !down.isEmpty {
            (rootCauses, graceEnd) = (down, nil)
        } else if !rootCauses.isEmpty {
            let end = graceEnd ?? now.advanced(by: grace)
            if end <= now { (rootCauses, graceEnd) = ([], nil) } else { graceEnd = end }
        }
        return self != before
    }

    /// The events that tell how it differs from what it was; none when alerts are suppressed for the same reasons.
    func events(since before: Suppression, of component: String) -> [StatusEvent] {
        Reason.allCases.compactMap { reason in
            switch (before.isActive(reason), isActive(reason)) {
            case (false, true):
                .suppressionStarted(component: component, reason, by: reason == .dependency ? rootCauses : [])
            case (true, false): .suppressionEnded(component: component, reason)
            default: nil
            }
        }
    }
}
