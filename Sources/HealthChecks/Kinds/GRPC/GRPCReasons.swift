import HealthCore
import NIOHTTP2

/// The reasons of errors of an HTTP/2 connection.
enum GRPCReasons {
    /// What a side sends when it finds the frames of the other malformed (RFC 9113 §7).
    private static let protocolErrors: [HTTP2ErrorCode] = [
        .protocolError, .flowControlError, .streamClosed, .frameSizeError, .compressionError,
    ]

    /// The failure of an error of the connection or the stream.
    static func failure(_ error: any Error) -> any Error {
        switch error {
        case let closed as NIOHTTP2Errors.StreamClosed where protocolErrors.contains(closed.errorCode):
            CheckFailure(.protocolError, "the stream ended with an error of the protocol: \(closed.errorCode)")
        case is NIOHTTP2Errors.StreamClosed:
            CheckFailure(.connectionReset, "the server reset the stream")
        case is any NIOHTTP2Error: CheckFailure(.protocolError, "no HTTP/2 answer: \(type(of: error))")
        default: NetworkReasons.failure(error)
        }
    }
}
