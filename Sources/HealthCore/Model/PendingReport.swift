/// What a check says while it has nothing to report yet.
package struct PendingReport: Sendable, Equatable {
    /// One sentence for people, as short as that of a result.
    package let message: String
    /// What the run measured.
    package let measured: [MeasuredValue]
    /// When it was published.
    package let moment: Moment

    /// A report; its message is cut to the limit of a result.
    package init(message: String, measured: [MeasuredValue] = [], moment: Moment) {
        self.message = message.cut(toBytes: RunResult.maximumMessageBytes)
        self.measured = measured
        self.moment = moment
    }
}
