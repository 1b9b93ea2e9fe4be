import HealthCore

/// The answer of a health service (grpc/health/v1/health.proto, grpc/doc/PROTOCOL-HTTP2.md).
struct GRPCHealthAnswer: Sendable, Equatable {
    /// 200 from every gRPC server.
    var httpStatus = 0
    /// `content-type`; empty when there is none.
    var contentType = ""
    /// `grpc-status` (grpc/doc/statuscodes.md); nil when the stream ended without one, -1 when it is no number.
    var status: Int?
    /// `grpc-message`.
    var message = ""
    /// `ServingStatus`: 0 unknown, 1 serving, 2 not serving, 3 service unknown; nil when the body is no such message.
    var serving: Int?

    /// What a check reports of the answer.
    func report(_ seen: SeenText) -> CheckReport {
        guard httpStatus == 200 else {
            return CheckReport(.failure(.unexpectedStatus), "answered with HTTP status \(httpStatus)")
        }
        guard contentType.hasPrefix("application/grpc") else {
            return CheckReport(.failure(.protocolError), "the answer is no gRPC")
        }
        guard let status else {
            return CheckReport(.failure(.protocolError), "the answer ended without grpc-status")
        }
        guard status == 0 else { return Self.report(onStatus: status, message: seen.cut(message)) }
        switch serving {
        case 1: return CheckReport(.success, "SERVING")
        case 2: return CheckReport(.failure(.notServing), "NOT_SERVING")
        case 0: return CheckReport(.failure(.notServing), "UNKNOWN")
        case 3: return CheckReport(.failure(.notServing), "SERVICE_UNKNOWN")
        default: return CheckReport(.failure(.protocolError), "the answer holds no serving status")
        }
    }

    private static func report(onStatus status: Int, message: String) -> CheckReport {
        let text = message.isEmpty ? "grpc-status \(status)" : "grpc-status \(status): \(message)"
        return switch status {
        case 4: CheckReport(.failure(.timeout), text)
        case 5: CheckReport(.failure(.notServing), "the service is not known: \(text)")
        case 7, 16: CheckReport(.failure(.authentication), text)
        case 8, 14: CheckReport(.failure(.notServing), text)
        case 12: CheckReport(.failure(.protocolError), "the server has no health service: \(text)")
        default: CheckReport(.failure(.error), text)
        }
    }
}
