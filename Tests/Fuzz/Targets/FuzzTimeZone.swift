import HealthCore

/// Files of the time zone database (RFC 9636), of which a container may have any.
enum FuzzTimeZone {
    /// The whole input is the file.
    static func run(_ bytes: [UInt8]) throws {
        guard let rules = TimeZoneRules(name: "Test/Zone", tzif: bytes) else { return }
        let nights = WeeklyTime(days: [0, 3], startOfDay: 7200, length: .seconds(3600), zone: rules)
        let window = MaintenanceWindow.Time.weekly(nights)
        for year in stride(from: -200, through: 200, by: 40) {
            let start = rules.timestamp(day: Int64(year) * 365, secondOfDay: 7200)
            require(abs(rules.offset(at: start)) <= 1 << 31, "an offset of \(rules.offset(at: start)) s")
            let (isActive, since, until) = window.state(at: start)
            let isWithin = since <= start && start < until
            require(isWithin || isActive, "\(start.rfc3339): \(since.rfc3339) to \(until.rfc3339)")
        }
    }
}
