import NIOCore

/// How long a peer may take for each part of an exchange; the documentation states the same.
struct ConnectionDeadlines: Sendable {
    /// From accept, or on a kept connection from its first byte, to the end of the head.
    var head = TimeAmount.seconds(10)
    /// From the end of the head to the end of the body.
    var body = TimeAmount.seconds(10)
    /// From the end of an answer to the first byte of the next request.
    var idle: TimeAmount
    /// How long an answer may wait without a byte of it being read.
    var stalledReader = TimeAmount.seconds(30)
    /// How long an answer may take to be read at all.
    var answer = TimeAmount.seconds(60)
    /// How long a connection that the exporter ends waits for the peer to close, so that the last answer isn't lost.
    var linger = TimeAmount.seconds(1)

    /// Those of a listener that closes, so that no peer delays the shutdown.
    static let quiescing = ConnectionDeadlines(
        head: .seconds(1),
        body: .seconds(1),
        idle: .seconds(1),
        stalledReader: .seconds(1),
        answer: .seconds(5)
    )

    /// Bytes of a request are counted in the budget of all connections in steps of so many.
    static let countedBytes = 4096

    /// How often the progress of a reader is inspected.
    static let progressPeriod = TimeAmount.seconds(1)

    /// Scrapes come every 15 to 60 s, so that scrapers keep their connection.
    static let main = ConnectionDeadlines(idle: .seconds(75))
    /// Probes don't keep connections.
    static let probe = ConnectionDeadlines(idle: .seconds(10))
}
