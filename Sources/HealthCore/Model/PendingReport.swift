/// What a check says while it has nothing to report yet.
package struct PendingReport: Sendable, Equatable {
    /// One sentence for people, as short as that of a result.
    package let message: String
    package let measured: [MeasuredValue]
    package let moment: Moment

    package init(message: String, measured: [MeasuredValue] = [], moment: Moment) {
        self.message = message.cut(toBytes: RunResult.maximumMessageBytes)
        self.measured = measured
        self.moment = moment
    }
}
