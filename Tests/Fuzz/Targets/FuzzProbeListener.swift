import HealthCore
import NIOCore
import NIOEmbedded

@testable import HealthExporter

/// Requests to the probe listener.
enum FuzzProbeListener {
    private static let statuses = [200, 400, 404, 405, 413, 503]

    /// The size of parts, then the bytes of a connection.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let size = Int(input.byte())
        let sent = input.remaining()
        let whole = try answers([sent])
        let inParts = try answers(sent.cut(every: max(1, size)))
        require(whole == inParts, "\(whole.text) at once, \(inParts.text) in parts of \(size)")
        let written = WrittenAnswers(whole).all
        // Each request has a line at least.
        require(written.count <= sent.count { $0 == 10 } + 1, "\(written.count) answers")
        for answer in written { require(statuses.contains(answer.status), "\(answer)") }
    }

    private static func answers(_ parts: [[UInt8]]) throws -> [UInt8] {
        let exporter = ExporterStage.shared.exporter
        let (channel, places) = (EmbeddedChannel(), ConnectionPlaces(listener: "probe", capacity: 8))
        let listener = ProbeListener(
            responder: exporter.responder.services.probes,
            counts: exporter.responder.counts,
            stalls: exporter.progress.stalls,
            store: exporter.checks.store,
            time: exporter.environment.timeline,
            address: .init(host: "127.0.0.1", port: 0),
            places: places,
            onBound: { _ in }
        )
        try listener.addHandlers(to: channel)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        var written: [UInt8] = []
        for part in parts where channel.isActive {
            _ = try? channel.writeInbound(ByteBuffer(bytes: part))
            channel.embeddedEventLoop.run()
            while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { written += buffer.readableBytesView }
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        require(places.facts.open == 0, "a closed connection holds a place")
        return written
    }
}
