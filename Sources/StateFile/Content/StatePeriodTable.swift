/// A table of counts by time and component.
enum StatePeriodTable: String {
    case minutes = "success_minute"
    case hours = "success_hour"

    /// The column of the time.
    var column: String { self == .minutes ? "minute" : "hour" }

    /// What the column may be.
    var range: ClosedRange<Int64> { self == .minutes ? StateTime.minutes : StateTime.hours }

    /// The rows that follow one, up to a time, so many at most.
    var following: String {
        """
        SELECT \(column), component, good, bad FROM \(rawValue)
        WHERE (\(column), component) > (?1, ?2) AND \(column) <= ?3 ORDER BY \(column), component LIMIT ?4
        """
    }
}
