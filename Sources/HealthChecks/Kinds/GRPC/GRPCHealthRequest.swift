import HealthCore
import NIOHPACK

/// The headers and the message of a call of `grpc.health.v1.Health/Check` (grpc/doc/PROTOCOL-HTTP2.md).
struct GRPCHealthRequest: Sendable {
    /// Pseudo headers first (RFC 9113 §8.3).
    let headers: HPACKHeaders
    /// Framed.
    let message: [UInt8]

    /// - Parameter isEncrypted: whether the connection uses TLS.
    init(settings: GRPCSettings, isEncrypted: Bool, _ context: RunContext) {
        headers = HPACKHeaders([
            (":method", "POST"), (":scheme", isEncrypted ? "https" : "http"), (":path", "/grpc.health.v1.Health/Check"),
            (":authority", settings.server.address),
            ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", "health-exporter"),
            ("grpc-timeout", Self.text(ofTimeout: context.timeout)),
            ("traceparent", context.traceID.parent(isSampled: false)),
        ])
        message = GRPCMessage.request(service: settings.service)
    }

    /// At most 8 digits and a unit: milliseconds, or seconds where those are too many.
    private static func text(ofTimeout timeout: Duration) -> String {
        let milliseconds = max(1, timeout.wholeNanoseconds / 1_000_000)
        return milliseconds < 100_000_000 ? "\(milliseconds)m" : "\(milliseconds / 1000)S"
    }
}
