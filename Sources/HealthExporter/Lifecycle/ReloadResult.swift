/// How a reload of the configuration ended.
enum ReloadResult: Sendable {
    case reloaded(ReloadPlan)
    /// The new configuration has errors, and changed nothing.
    case refused(ConfigurationError)
    /// The exporter stops, and loads nothing any more.
    case stopped
}
