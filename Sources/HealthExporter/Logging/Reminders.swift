import HealthCore

/// When a line about a condition that lasts is due: every ten minutes for each check.
///
/// Pure: conditions and times in, decisions out.
struct Reminders {
    /// The time between two lines about the same condition of a check.
    static let interval = Duration.seconds(600)

    /// Whether a line is due as soon as the condition begins; otherwise another line tells of the beginning.
    let announcesBeginning: Bool
    private var last: [CheckHandle: Moment] = [:]

    /// Reminders of a condition that holds for no check yet.
    init(announcesBeginning: Bool) {
        self.announcesBeginning = announcesBeginning
    }

    /// The condition of a check holds at a moment; whether a line about it is due, which counts as written then.
    mutating func isDue(_ check: CheckHandle, at moment: Moment) -> Bool {
        guard let before = last[check] else {
            last[check] = moment
            return announcesBeginning
        }
        guard before.duration(to: moment) >= Self.interval else { return false }
        last[check] = moment
        return true
    }

    /// The condition of a check does not hold: the next time is a beginning.
    mutating func end(_ check: CheckHandle) {
        last[check] = nil
    }

    /// Forgets every check but these.
    mutating func keep(only checks: Set<CheckHandle>) {
        last = last.filter { checks.contains($0.key) }
    }
}
