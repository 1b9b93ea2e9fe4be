package import HealthCore

/// The settings of a kind of check.
package protocol CheckSettings: Settings {
    /// Makes the check that these settings describe; opens and reads nothing.
    ///
    /// - Parameters:
    ///   - resources: what checks share.
    ///   - seen: quotes what targets send, without the secrets of this check.
    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck
}

/// The settings of a check of any kind.
package struct AnyCheckSettings: Hashable, Sendable {
    /// The settings of the check's kind.
    package let base: any CheckSettings

    /// Wraps the settings of one kind.
    package init(_ base: any CheckSettings) {
        self.base = base
    }

    /// Whether both are settings of the same kind with the same values.
    package static func == (left: AnyCheckSettings, right: AnyCheckSettings) -> Bool {
        AnyHashable(left.base) == AnyHashable(right.base)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(base)
    }
}
