/// The rules of a time zone: what clocks there show at any time (RFC 9636, TZif).
public struct TimeZoneRules: Sendable, Hashable {
    /// A change of the offset.
    private struct Change: Sendable, Hashable {
        /// Seconds since the epoch.
        let at: Int64
        /// Seconds east of Greenwich from then on.
        let offset: Int64
    }

    /// The name in the time zone database, such as `Europe/Berlin`.
    public let name: String
    /// Before the first change.
    private let initialOffset: Int64
    private let changes: [Change]
    /// Behind the last change.
    private let rule: YearlyClockRule?

    /// Coordinated universal time.
    public static let utc = TimeZoneRules(name: "UTC", initialOffset: 0, changes: [], rule: nil)

    private init(name: String, initialOffset: Int64, changes: [Change], rule: YearlyClockRule?) {
        self.name = name
        self.initialOffset = initialOffset
        self.changes = changes
        self.rule = rule
    }

    /// The rules in a TZif file of the time zone database; nil when it is none.
    public init?(name: String, tzif bytes: [UInt8]) {
        guard let file = TZifFile(bytes) else { return nil }
        self.init(
            name: name,
            initialOffset: file.initialOffset,
            changes: file.changes.map { Change(at: $0.second, offset: $0.offset) },
            rule: file.rule
        )
    }

    /// Seconds east of Greenwich at a time.
    public func offset(at timestamp: Timestamp) -> Int {
        Int(offset(second: floorDivide(timestamp.nanosecondsSinceEpoch, 1_000_000_000).quotient))
    }

    private func offset(second: Int64) -> Int64 {
        guard let last = changes.last, second >= last.at else {
            var (low, high) = (0, changes.count)
            while low < high {
                let middle = (low + high) / 2
                if changes[middle].at <= second { low = middle + 1 } else { high = middle }
            }
            if changes.isEmpty, let rule { return rule.offset(second: second) }
            return low == 0 ? initialOffset : changes[low - 1].offset
        }
        return rule?.offset(second: second) ?? last.offset
    }

    /// The day that calendars there show, counted from 1970-01-01.
    package func localDay(at timestamp: Timestamp) -> Int64 {
        let second = floorDivide(timestamp.nanosecondsSinceEpoch, 1_000_000_000).quotient
        return floorDivide(second + offset(second: second), 86_400).quotient
    }

    /// When clocks there show a time of a day.
    ///
    /// The first time of two when they are set back; as far behind the change when they are set forward across it.
    public func timestamp(day: Int64, secondOfDay: Int) -> Timestamp {
        let local = day * 86_400 + Int64(secondOfDay)
        // Offsets within a day of it are the only candidates.
        let before = offset(second: local - 86_400)
        let after = offset(second: local + 86_400)
        var second = local - before
        if offset(second: second) != before, offset(second: local - after) == after { second = local - after }
        return Timestamp(nanosecondsSinceEpoch: second * 1_000_000_000)
    }
}
