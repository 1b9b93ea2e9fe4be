/// A check right after something was published about it, or when it was queried: all that the caller needs to log and to schedule.
package struct CheckStatus: Sendable {
    /// Its name, its schedule and what is run.
    package let registration: Registration
    /// Its status, and what it follows from.
    package let state: CheckState
    /// Whether alerts about its component are suppressed.
    package let isSuppressed: Bool
    /// Whether what was published disagrees with the status, so that the change wants confirmation by another run soon.
    package let wantsConfirmation: Bool
}
