package import HealthCore

/// Spans of the state file, and what a number in it may be: a file can say anything.
package enum StateTime {
    /// How long hours, transitions and incidents are kept.
    package static let keptDays: Int64 = 400
    /// How long minutes are kept.
    package static let keptMinutes: Int64 = 48 * 60
    /// Hours since 1970 that 64 bits of nanoseconds hold.
    package static let hours: ClosedRange<Int64> = 0...(.max / 3_600_000_000_000 - 1)
    /// Minutes since 1970 that 64 bits of nanoseconds hold.
    package static let minutes: ClosedRange<Int64> = 0...(.max / 60_000_000_000 - 1)

    /// The number of the minute of a time.
    package static func minute(of timestamp: Timestamp) -> Int64 {
        floorDivide(timestamp.nanosecondsSinceEpoch, 60_000_000_000).quotient
    }

    /// The number of the hour of a time.
    package static func hour(of timestamp: Timestamp) -> Int64 {
        floorDivide(timestamp.nanosecondsSinceEpoch, 3_600_000_000_000).quotient
    }

    /// The number of the day of a time.
    package static func day(of timestamp: Timestamp) -> Int64 {
        floorDivide(timestamp.nanosecondsSinceEpoch, 86_400_000_000_000).quotient
    }

    /// The time so many days earlier.
    package static func days(_ count: Int64, before timestamp: Timestamp) -> Timestamp {
        timestamp.advanced(by: .seconds(-86_400 * count))
    }
}
