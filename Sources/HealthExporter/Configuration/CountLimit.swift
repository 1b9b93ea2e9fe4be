import HealthChecks

/// A limit of how much a configuration may hold; a new one counts after a restart.
struct CountLimit {
    /// Its key in `limits`, which is what it counts.
    let key: String
    /// What the file says.
    let new: Int
    /// What the running configuration says; nil when there is none.
    let running: Int?

    /// The limit that applies: the smaller of the two, because a raised one counts after a restart.
    var least: Int { min(new, running ?? new) }

    /// What is wrong with a count; nil when it is within the limit.
    func problem(_ count: Int, _ root: SettingsReader) -> String? {
        guard count > least else { return nil }
        guard count > new else {
            return "\(count) \(key) are more than limits.\(key) allows; its new value counts after a restart"
        }
        let shown = root.object("limits", keys: LimitsSettings.descriptions).shown(key, "\(new)")
        return "\(count) \(key) are more than limits.\(key) (\(shown)) allows"
    }
}
