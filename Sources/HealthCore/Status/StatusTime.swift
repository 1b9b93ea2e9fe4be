/// A point in time, on both time lines.
package struct StatusTime: Sendable {
    /// On the monotonic time line.
    package let moment: Moment
    /// The time of day.
    package let timestamp: Timestamp

    /// A moment with its time of day.
    package init(moment: Moment, timestamp: Timestamp) {
        self.moment = moment
        self.timestamp = timestamp
    }

    /// The same moment with the time of day of another one: for what is noticed later than it happened.
    func dated(_ other: Moment) -> StatusTime {
        StatusTime(moment: moment, timestamp: timestamp.advanced(by: moment.duration(to: other)))
    }
}
