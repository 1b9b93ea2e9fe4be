/// Whether alerts about a component are held back, and why.
package struct Suppression: Sendable, Equatable {
    /// Why alerts are held back.
    package enum Reason: String, CaseIterable, Sendable {
        case dependency, maintenance
    }

    /// What is really down: the unhealthy things it needs that need nothing unhealthy themselves.
    package internal(set) var rootCauses: [String] = []
    /// Since the dependencies recovered it is held back until then, so that its own recovery can be seen.
    package internal(set) var heldUntil: Moment?
    package internal(set) var isInMaintenance = false

    package init() {}

    /// Whether it is held back for a reason.
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

    /// Takes the roots that are down now.
    ///
    /// - Parameter grace: how long it lasts after the last of them has recovered.
    /// - Returns: whether something changed.
    package mutating func update(isHealthy: Bool, rootsDown: [String], at now: Moment, grace: Duration) -> Bool {
        let before = self
        if isHealthy {
            (rootCauses, heldUntil) = ([], nil)
        } else if !rootsDown.isEmpty {
            (rootCauses, heldUntil) = (rootsDown, nil)
        } else if !rootCauses.isEmpty {
            let end = heldUntil ?? now.advanced(by: grace)
            if end <= now { (rootCauses, heldUntil) = ([], nil) } else { heldUntil = end }
        }
        return self != before
    }
}
