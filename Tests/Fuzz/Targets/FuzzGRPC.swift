import HealthCore
import HealthTesting
import NIOCore
import NIOEmbedded
import NIOHTTP2

@testable import HealthChecks

/// What a gRPC server sends: frames of HTTP/2, and the health answer in them.
enum FuzzGRPC {
    /// Two bytes of choices, then frames behind their lengths, or anything.
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let (choices, size) = (input.byte(), Int(input.byte()))
        let sent = choices & 1 == 1 ? input.remaining() : frames(&input)
        let whole = try answer([sent])
        let inParts = try answer(sent.cut(every: max(1, size)))
        require(described(whole) == described(inParts), "\(whole) at once, \(inParts) in parts of \(size)")
        guard case .success(let answer) = whole else { return }
        let report = answer.report(SeenText(redaction: Redaction(["hunter22"])))
        require(!report.message.isEmpty, "no message")
        require(!report.message.contains("hunter22"), "\(report.message) tells the secret")
        if report.verdict == .success {
            require(answer.httpStatus == 200 && answer.status == 0 && answer.serving == 1, "\(answer) is a success")
        }
    }

    /// Frames with right lengths (RFC 9113 §4.1): type, flags, stream, and the length of the payload before it.
    private static func frames(_ input: inout FuzzInput) -> [UInt8] {
        var bytes: [UInt8] = []
        while !input.isEmpty {
            let (type, flags, stream) = (input.byte(), input.byte(), input.byte())
            let payload = input.bytes(Int(input.byte()))
            bytes += [0, 0, UInt8(truncatingIfNeeded: payload.count), type, flags, 0, 0, 0, stream] + payload
        }
        return bytes
    }

    private static func answer(_ parts: [[UInt8]]) throws -> Result<GRPCHealthAnswer, CheckFailure> {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let phases = PhaseTimer(time: ManualTime())
        var settings = GRPCSettings()
        settings.address.host = "h"
        let context = RunContext(traceID: TraceID(high: 1, low: 2), timeout: .seconds(1), phases: phases)
        let request = GRPCHealthRequest(settings: settings, isEncrypted: false, context)
        let answer = try GRPCCheck.addHandlers(to: channel, request: request, phases: phases)
        channel.embeddedEventLoop.run()
        for part in parts where channel.isActive {
            _ = try? channel.writeInbound(ByteBuffer(bytes: part))
            channel.embeddedEventLoop.run()
        }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        channel.embeddedEventLoop.run()
        return answer.settled("the call")
    }

    private static func described(_ result: Result<GRPCHealthAnswer, CheckFailure>) -> String {
        switch result {
        case .success(let answer): "\(answer)"
        case .failure(let failure): "\(failure.reason)"
        }
    }
}
