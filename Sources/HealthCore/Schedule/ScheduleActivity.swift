/// The runs that go on.
package struct ScheduleActivity: Sendable, Equatable {
    /// Within their deadline.
    package var runsInFlight: Int
    /// Past their deadline, and not returned.
    package var runsOverdue: Int
    /// Runs that have not returned, overdue ones included.
    package var runs: Int { runsInFlight + runsOverdue }

    /// What goes on.
    package init(runsInFlight: Int = 0, runsOverdue: Int = 0) {
        self.runsInFlight = runsInFlight
        self.runsOverdue = runsOverdue
    }
}
